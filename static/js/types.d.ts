// The shapes that the scripts share; checked by `make js`, never served.
type Verdict =
  | "loaded"
  | "unknown"
  | "not_applicable"
  | "blocked"
  | "blocked_probable"
  | "no_consent"
  | "unfilled"
  | "slow";

type Signal =
  | "image_bait_failed"
  | "script_bait_failed"
  | "style_bait_failed"
  | "fetch_bait_failed"
  | "element_bait_failed"
  | "image_bait_loaded"
  | "script_bait_loaded"
  | "style_bait_loaded"
  | "fetch_bait_loaded"
  | "bait_answered"
  | "control_failed"
  | "timeout"
  | "csp"
  | "offline"
  | "no_slots"
  | "slots_unseen"
  | "slots_empty"
  | "ad_rendered"
  | "ad_unfilled"
  | "ad_pending"
  | "ad_tag_loaded"
  | "ad_tag_standin"
  | "ad_tags_failed"
  | "ad_tag_failed"
  | "ad_tag_refused"
  | "consent_refused"
  | "consent_pending"
  | "consent_tool_failed"
  | "no_ad_evidence"
  | "prerendered";

type NoticeEvent =
  | "assigned"
  | "shown"
  | "hidden"
  | "dismissed"
  | "silenced"
  | "steps"
  | "way"
  | "allowed"
  | "withdrawn";

// Why a page view is not asked, as far as the browser finds out itself.
type NoReason =
  | "no_storage"
  | "few_pages"
  | "asked_in_tab"
  | "resting"
  | "silenced"
  | "often_enough"
  | "quiet_hours"
  | "hold_out"
  | "no_answer";

type Pair = [type: "image" | "script" | "style" | "fetch", bait: string, control: string];

// A notice that may be drawn, as often as its share of 1 says.
type Arm = [variant: string, share: number, placement: "bar" | "corner" | "slot"];

// What notice.js is told.
type Rules = {
  after: number; // page views
  days: number;
  most: number; // times
  quiet: [from: number, to: number][]; // minutes since midnight
  arms: Arm[]; // one alone: no experiment
  slots: string[];
  pairs: Pair[]; // but for the counted one
};

// What the reader's browser remembers: all but until and times in the tab, those once they acted.
type Memory = {
  views?: number;
  asked?: boolean;
  checking?: boolean;
  arm?: string; // these three in an experiment only
  held?: boolean; // the hold-out
  told?: NoticeEvent[];
  until?: string;
  times?: number;
};

type Asking = {
  base: string;
  build: string;
  verdict: Verdict;
  signals: Signal[];
  report: (fields: Partial<SupportReport>) => void;
};

type Settings = {
  hash: string;
  site: string;
  sites?: Record<string, string>;
  mode: "count" | "local" | "full";
  wait: boolean;
  sample: number;
  slots: string[];
  ads: string; // a selector for them, and for known ad tags
  pairs: Pair[];
  boxes: [string, string];
  asks: Verdict[]; // the verdicts that a notice follows
};

type SupportReport = {
  v: 1;
  kind: "verdict" | "revised" | "notice";
  site: string;
  section: string;
  verdict: Verdict;
  from: Verdict | "";
  signals: Signal[];
  variant: string;
  event: NoticeEvent | "";
};

// What probe.js saw before anyone looked at the page's ads.
type Seen = {
  errors: WeakSet<EventTarget>; // elements whose loading failed
  refused: Set<string>; // addresses or origins that the page's policy refused
  early: HTMLScriptElement[]; // scripts that were there before it
};

declare const settings: Settings;
declare const rules: Rules;
declare const judge: typeof import("./verdict.js").judge;

interface Window {
  readonly navigation?: Pick<Window, "addEventListener">;
}

interface Document {
  readonly prerendering?: boolean;
}
interface Navigator {
  readonly globalPrivacyControl?: boolean;
}
