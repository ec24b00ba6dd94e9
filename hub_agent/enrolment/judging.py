"""Judging one take at the microphone, while it can still be said again."""

from collections.abc import Callable

from hub_agent.audio.stage import Samples
from hub_agent.recording.session import Judgement
from voices.enrolment.inspection import Take, inspect
from voices.enrolment.verdicts import Severity
from voices.recording import Recording


def judge_take(*, language: str, accept_noisy: bool) -> Callable[[Samples, int, str], Judgement]:
    """A judge of single takes; how much speech there is in all is judged at the end."""

    def judge(samples: Samples, sample_rate: int, text: str) -> Judgement:
        recording = Recording(
            samples=samples, sample_rate=sample_rate, transcript=text, language=language
        )
        report = inspect([Take("this take", recording)], partials=None, accept_noisy=accept_noisy)
        refused = [
            verdict
            for verdict in report.recordings[0].verdicts
            if verdict.severity is Severity.REFUSED
        ]
        if not refused:
            return Judgement(ok=True)
        return Judgement(ok=False, advice=f"{refused[0].sentence} {refused[0].advice}")

    return judge
