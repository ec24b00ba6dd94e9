"""What was asked of the times, and the times."""

from statistics import median

from rich.table import Table

from tests.bench.figures import paired_ratio, percentile, summarise
from tests.bench.finding import Finding
from tests.home_assistant.latency.describing import TRIES
from tests.home_assistant.latency.times import (
    ENGINES,
    FORMATS,
    LONGEST,
    OWN,
    PEER,
    WORDS,
    WYOMING,
    Case,
    Evidence,
    Moment,
)

MORE_THAN_DIRECTLY_MS = {"wav": 60.0, "mp3": 120.0}
SOONER_THAN_THE_PEER = 10.0
DESCRIBED_WITHIN_MS = 50.0
_MOMENTS: tuple[Moment, ...] = ("first_audio_s", "first_audible_s")
_COLUMNS = (
    *("words", "format", "n", "first byte", "audible", "p90", "all"),
    *("directly", "audible", "later by", "p90", "peer ÷ this", "audible"),
)


def judge(evidence: Evidence) -> list[Finding]:
    """All findings; the run is good when all of them passed."""
    ours = (WYOMING, OWN)
    return [
        *(_more_than_directly(evidence, name, kind) for name in ours for kind in FORMATS),
        *(_sooner(evidence, name) for name in ours),
        _described(evidence),
    ]


def more_ms(evidence: Evidence, through_home: Case) -> list[float]:
    """How much later than directly, as WAV, the first byte of sound comes, round by round."""
    directly = Case(engine=through_home.engine, words=through_home.words, direct=True)
    return [1000 * (home - own) for home, own in evidence.pairs(through_home, directly)]


def ratio(evidence: Evidence, case: Case, moment: Moment = "first_audio_s") -> float:
    """How many times later the peer is, behind the same Home Assistant."""
    theirs = Case(engine=PEER, words=case.words, format=case.format)
    pairs = evidence.pairs(theirs, case, moment)
    return paired_ratio([their for their, _ in pairs], [our for _, our in pairs]).median


def times_table(evidence: Evidence) -> Table:
    """Every case, through Home Assistant and directly."""
    table = Table(title=f"Home Assistant {evidence.release}: sound after, ms")
    table.add_column("engine", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for words in WORDS:
        for kind in FORMATS:
            for engine in ENGINES:
                table.add_row(*_row(evidence, Case(engine=engine, words=words, format=kind)))
    return table


def _row(evidence: Evidence, case: Case) -> list[str]:
    audible = evidence.seconds(case, "first_audible_s")
    ends = [heard.total_s for heard in evidence.heard[case].values()]
    own = [
        *(case.engine, str(case.words), case.format, str(len(audible))),
        *(_ms(median(evidence.seconds(case))), _ms(median(audible))),
        *(_ms(percentile(audible, 90)), _ms(median(ends))),
    ]
    return own + _beside_others(evidence, case)


def _beside_others(evidence: Evidence, case: Case) -> list[str]:
    if case.engine == PEER:
        return []
    directly = Case(engine=case.engine, words=case.words, format=case.format, direct=True)
    if directly in evidence.heard:
        alone = [_ms(median(evidence.seconds(directly, moment))) for moment in _MOMENTS]
    else:
        alone = ["", ""]
    more = more_ms(evidence, case)
    ratios = [f"{ratio(evidence, case, moment):.1f}" for moment in _MOMENTS]
    return [*alone, f"{median(more):.0f}", f"{percentile(more, 90):.0f}", *ratios]


def _more_than_directly(evidence: Evidence, engine: str, kind: str) -> Finding:
    limit = MORE_THAN_DIRECTLY_MS[kind]
    more = more_ms(evidence, Case(engine=engine, words=LONGEST, format=kind))
    return Finding(
        check=f"{engine}, {kind}: first sound of {LONGEST} words ≤ {limit:.0f} ms after directly",
        passed=median(more) <= limit,
        detail=f"median {median(more):.1f} ms, p90 {percentile(more, 90):.1f} ms, n = {len(more)}",
    )


def _sooner(evidence: Evidence, engine: str) -> Finding:
    case = Case(engine=engine, words=LONGEST)
    byte, audible = (ratio(evidence, case, moment) for moment in _MOMENTS)
    return Finding(
        check=f"{engine}: {LONGEST} words ≥ {SOONER_THAN_THE_PEER:.0f} × sooner than {PEER}",
        passed=min(byte, audible) >= SOONER_THAN_THE_PEER,
        detail=f"first byte {byte:.1f} ×, first audible sample {audible:.1f} ×",
    )


def _described(evidence: Evidence) -> Finding:
    ours, theirs = (
        summarise([1000 * took for took in evidence.describe_s[name]]) for name in (WYOMING, PEER)
    )
    return Finding(
        check=f"voices are told ≤ {DESCRIBED_WITHIN_MS:.0f} ms while {LONGEST} words are spoken",
        passed=ours.n >= TRIES and ours.maximum <= DESCRIBED_WITHIN_MS,
        detail=f"median {ours.p50:.1f} ms, longest {ours.maximum:.1f} ms, n = {ours.n}; "
        f"{PEER}: {theirs.p50:.0f} ms, {theirs.maximum:.0f} ms, n = {theirs.n}",
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f}"
