"""The record: what a host has counted, exact over killed workers, and its way to the store."""

from evenhand.record.record import LAST_PATIENCE as LAST_PATIENCE
from evenhand.record.record import Record as Record
