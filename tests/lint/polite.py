"""A publisher's own templates, polite ones: each planted pattern changes one place of them."""

from pathlib import Path

NOTICE = """<section role="region" aria-labelledby="title" lang="{{ lang }}" dir="{{ dir }}"
  {%- if network %} data-network{% endif %}>
  <style>
    section { border-block-start: 1px solid var(--accent); }
    .row { display: flex; gap: 1rem; align-items: center; }
    .quiet { font-size: 0.9375rem; }
    .logo, article { filter: invert(1); opacity: 0.9; }
    @media (width < 40rem) { .row { flex-wrap: wrap; } }
    section[data-open] { max-block-size: 80vh; }
    @media print { section { display: none; } }
  </style>
  <div class="row head">
    <h2 id="title">{{ title }}</h2>
    <button type="button" class="close" data-act="close" aria-label="{{ words.close }}">✕</button>
  </div>
  {% if logo %}<img src="{{ logo }}" alt="" width="32" height="32">{% endif %}
  <p class="text">{{ text }}</p>
  <p class="quiet">Our reporters thank you. <time datetime="2026-11">November 2026</time></p>
  <div class="row ways">
    {% for way in ways %}
    {% include "_way.html" %}
    {% endfor %}
  </div>
</section>
"""
WAY = """{% if way.kind == "allow" %}
<details>
  <summary>{{ way.label }}</summary>
  {% for group in groups %}
  {% for guide in group.guides[:2] %}
  <div data-guide="{{ guide.id }}"{% if not guide.likely %} hidden{% endif %}>
    <h3>{{ guide.name }}</h3>
    <ol>{% for step in guide.steps %}<li>{{ step }}</li>{% endfor %}</ol>
    <p>{{ guide.note }}</p>
  </div>
  {% endfor %}
  {% endfor %}
  <button type="button" data-act="check">{{ words.check }}</button>
  <p role="status" data-checking="{{ words.checking }}" data-still="{{ words.still }}"></p>
</details>
{% elif way.kind == "never" %}
<button type="button" class="no" data-act="silence">{{ way.label }}</button>
{% elif way.kind == "not_now" %}
<button type="button" class="no" data-act="close">{{ way.label }}</button>
{% else %}
<a class="way" href="{{ way.url }}" data-act="way">{{ way.label }}</a>
{% endif %}
"""
BLOCK = """<div class="reader-support" lang="{{ lang }}" dir="{{ dir }}">
  <h2>{{ title }}</h2>
  <p>{{ text }}</p>
  {% for way in links %}<a href="{{ way.url }}">{{ way.label }}</a>{% endfor %}
</div>
"""
CSS = """
body { overflow-x: hidden; }
.modal { position: fixed; inset: 0; animation: fade 1s; }
.reader-support { border: 1px solid; padding: 1rem; }
"""
FILES = {"notice.html": NOTICE, "_way.html": WAY, "support.html": BLOCK}


def written(folder: Path, changed: dict[str, tuple[str, str]]) -> Path:
    """The templates in a folder; in each that is named, one text stands for another."""
    for name, text in FILES.items():
        old, new = changed.get(name, ("", ""))
        assert old in text, f"{name} has no {old!r}"
        (folder / name).write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return folder
