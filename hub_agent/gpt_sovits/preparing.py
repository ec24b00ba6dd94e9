"""From recordings of a person to voice data."""

from collections.abc import Callable, Sequence

from hub_agent.engines.espeak import ESpeak
from hub_agent.gpt_sovits.choosing import choose_references
from hub_agent.gpt_sovits.reading import reference_phones
from hub_agent.gpt_sovits.reference import ReferenceEncoder
from hub_agent.gpt_sovits.voice_data import VoiceData
from hub_agent.phones.features import ZhFeatures, features_of
from voices.recording import Recording


def prepare(
    recordings: Sequence[Recording],
    encoder: ReferenceEncoder,
    bert: ZhFeatures | None,
    espeak: ESpeak,
    progress: Callable[[float], None],
) -> VoiceData:
    """Choose references, hear them, and read what the first of them says.

    Raises `EnrolmentRefusedError`, and what reading the transcript raises.
    """
    for recording in recordings[:1]:
        # What cannot be read is refused before the long work; all are in one language.
        reference_phones(recording.transcript, recording.language)
    references = choose_references(recordings, espeak, lambda share: progress(0.4 * share))
    phones = reference_phones(references.prompt.transcript, references.prompt.language)
    prompt = encoder.prompt(references.prompt)
    progress(0.7)
    style = encoder.style(references.styles)
    features = features_of(phones, bert)
    progress(1.0)
    return VoiceData(phones=phones.ids, features=features, prompt=prompt, style=style)
