"""What 100 hosts ask of one store, each sending a batch a minute."""

import os
import socket
import statistics
import struct
import threading
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figures
from benchmarks.record.growth import keys
from tests.postgres import Server, serving

from evenhand.store import Batch, Row, Store, open_store
from evenhand.store.postgres import PostgresStore

HOSTS = 100
_MINUTES = 5
_WRITERS = 4  # at once: the hosts' minutes don't begin together
_HOUR = 1_760_000_000 // 3600 * 3600


def measure() -> tuple[list[str], Figures]:
    """Lines for people and figures, for each engine."""
    with TemporaryDirectory(prefix="evenhand-bench-") as name, serving() as server:
        told, figures = _load("sqlite", f"sqlite:///{name}/history.db", None)
        more, others = _load("postgres", server.url, server)
        told += more
        figures |= others
        kept = Path(name, "kept.db")
        rows = _keep(f"sqlite:///{kept}")
        figures["record_sqlite_bytes_per_row"] = round(kept.stat().st_size / rows)
        server.query("CREATE DATABASE kept")
        _keep(server.url_of("kept"))
        found = server.query("SELECT pg_total_relation_size('evenhand_rollup')", "kept")
        figures["record_postgres_bytes_per_row"] = round(int(str(found[0][0])) / rows)
        sizes = (figures[f"record_{engine}_bytes_per_row"] for engine in ("sqlite", "postgres"))
        sent, received = _bytes_a_batch(server.url_of("kept"))
        told.append(f"network: {sent:,} bytes to PostgreSQL for a batch, {received:,} back")
        figures["record_postgres_bytes_per_batch"] = sent + received
        told.append("bytes a row, keys included: SQLite {}, PostgreSQL {}".format(*sizes))
        return told, figures


def _keep(url: str) -> int:
    """Two days of one site, as one host sends them; gives how many rows."""
    store = open_store(url, None)
    rows = 0
    for hour in range(48):
        sent = [replace(row, hour=_HOUR + hour * 3600) for row in _rows(0)]
        store.apply(Batch("host", "bench", hour + 1, sent))
        rows += len(sent)
    store.close()
    return rows


def _bytes_a_batch(url: str) -> tuple[int, int]:
    """What goes over the wire each way, as the kernel counts it."""
    store = PostgresStore(url)
    store.migrate()
    connection = store._database._connection  # type: ignore[attr-defined]  # the protocol has no connection
    before = _wire(connection.fileno())
    store.apply(Batch("wire", "bench", 1, _rows(0)))
    after = _wire(connection.fileno())
    store.close()
    return after[0] - before[0], after[1] - before[1]


def _wire(file: int) -> tuple[int, int]:
    """`tcpi_bytes_acked` and `tcpi_bytes_received`, see linux/tcp.h."""
    with socket.socket(fileno=os.dup(file)) as wire:
        told = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
    acked, received = struct.unpack_from("QQ", told, 120)
    return int(acked), int(received)


def _rows(host: int) -> list[Row]:
    """Everything that a site of ten sections counts in an hour."""
    distinct = {key for view in keys() for key in view}
    return [Row(_HOUR, *key, host + 1) for key in sorted(distinct)]


def _load(engine: str, url: str, server: Server | None) -> tuple[list[str], Figures]:
    stores = [open_store(url, None) for _ in range(_WRITERS)]
    stores[0].migrate()
    spent, latencies = _cpu(server), list[float]()
    begun = time.perf_counter()
    writers = [
        threading.Thread(target=_write, args=(store, range(number, HOSTS, _WRITERS), latencies))
        for number, store in enumerate(stores)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    seconds = time.perf_counter() - begun
    spent = _cpu(server) - spent
    for store in stores:
        store.close()
    rows = len(_rows(0))
    upserts = HOSTS * _MINUTES * rows
    share = spent / (_MINUTES * 60)
    whose = "the server's" if server else "the processor's"
    told = [
        f"{engine}: {HOSTS} hosts, a batch of {rows} rows each a minute, for {_MINUTES} minutes:"
        f" {upserts:,} upserts in {seconds:.1f} s, {statistics.median(latencies) * 1e3:.0f} ms a"
        f" batch with {_WRITERS} at once",
        f"  {spent:.1f} s of {whose} time: {share:.1%} of a core for {HOSTS} hosts,"
        f" {upserts / spent:,.0f} upserts for a second of it",
    ]
    figures: Figures = {
        f"record_{engine}_cpu_100_hosts": round(share, 4),
        f"record_{engine}_upserts_per_cpu_second": round(upserts / spent),
        f"record_{engine}_batch_ms": round(statistics.median(latencies) * 1e3, 1),
    }
    return told, figures


def _write(store: Store, hosts: range, latencies: list[float]) -> None:
    for minute in range(1, _MINUTES + 1):
        for host in hosts:
            begun = time.perf_counter()
            assert store.apply(Batch(f"host {host}", "bench", minute, _rows(host)))
            latencies.append(time.perf_counter() - begun)


def _cpu(server: Server | None) -> float:
    """Processor seconds of the server and all that it started; without one, our own."""
    if server is None:
        return time.process_time()
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if server.pid in (int(stat.parent.name), int(fields[1])):
            own = server.pid == int(stat.parent.name)
            total += sum(map(int, fields[11:15] if own else fields[11:13]))
    return total / 100
