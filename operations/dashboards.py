"""The two dashboards as the JSON that Grafana imports."""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from operations import operations_board, publisher_board
from operations.alerts import OPERATIONS, PUBLISHER
from operations.panels import built_dashboard


def dashboard_files() -> dict[str, str]:
    """Each dashboard's file, ready for import or for provisioning."""
    built = (
        built_dashboard(
            PUBLISHER,
            "Evenhand: readers and ads",
            "How many readers block ads, how sure that is, and what is at stake.",
            publisher_board.ROWS,
            {"rpm": "Revenue of 1,000 ads=2", "ads_per_page": "Ads on a page=3"},
        ),
        built_dashboard(
            OPERATIONS,
            "Evenhand: operations",
            "Whether readers block ads, the ad server fails, or the measuring itself is broken.",
            operations_board.ROWS,
            {},
        ),
    )
    return {
        f"{uid}.json": json.dumps(board.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        for uid, board in zip((PUBLISHER, OPERATIONS), built, strict=True)
    }
