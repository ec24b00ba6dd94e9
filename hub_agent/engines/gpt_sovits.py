"""Engine `gpt_sovits`: people's voices by a GPT-SoVITS model, on this machine."""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub_agent.engines.engine import Emit, PersonalVoice, Progress, Prosody
from hub_agent.engines.espeak import ESpeak
from hub_agent.engines.family_only import FamilyOnly
from hub_agent.engines.home import EngineHome
from hub_agent.errors import NotFoundError, SettingsError
from hub_agent.gpt_sovits import bert_maker
from hub_agent.gpt_sovits.bert import Bert
from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.memory import give_back_memory
from hub_agent.gpt_sovits.pack import ENGINE, GptSovitsPack
from hub_agent.gpt_sovits.reading import segment_phones
from hub_agent.gpt_sovits.reference import ReferenceEncoder
from hub_agent.gpt_sovits.sampler import Sampling
from hub_agent.gpt_sovits.schedule import FIRST
from hub_agent.gpt_sovits.speaking import NOTHING, Manner, Synthesiser
from hub_agent.gpt_sovits.t2s import T2S
from hub_agent.gpt_sovits.token_guards import TOKENS_PER_S
from hub_agent.gpt_sovits.voice_data import ModelId, VoiceData
from hub_agent.models.manifest import Manifest, PackFile
from hub_agent.models.store import InstalledPack, ModelStore, pack_store
from hub_agent.paths import models_folder
from hub_agent.phones.features import features_of
from hub_agent.settings.gpt_sovits import GptSovitsSettings
from hub_agent.text.segment import Segment
from voices.payload import Payload
from voices.recording import Recording
from voices.voice import Voice

POLL_S: Final = 0.05
"""How often somebody who waits for another's segment is asked whether to go on."""


def gpt_sovits(home: EngineHome) -> "GptSovitsEngine":
    """The entry point."""
    store = pack_store(models_folder(home.data_dir))
    return GptSovitsEngine(store, home.settings.gpt_sovits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    model: ModelId
    files: str
    """The hash of all of them, BERT's too."""
    synthesiser: Synthesiser
    bert: Bert | None
    """Takes memory only once Mandarin was spoken."""


class GptSovitsEngine(FamilyOnly):
    """GPT-SoVITS v2, v2Pro and v2ProPlus as a `FamilyEngine`.

    Sound begins inside the sentence, once `look_ahead_ms` of it are known as tokens. The rate of
    speech can be changed, the pitch cannot. A text is read in its own language, whatever the
    voice's is. The same text in the same voice gives the same samples, on the same machine and
    with the same settings.
    """

    name = ENGINE
    sample_rate = 32_000
    look_ahead_ms = 1000.0 * FIRST / TOKENS_PER_S

    def __init__(self, store: ModelStore, settings: GptSovitsSettings) -> None:
        self._store = store
        self._settings = settings
        self._busy = threading.Lock()
        self._loaded: _Loaded | None = None

    def load(self) -> None:
        """See `Engine.load`.

        Raises `NotFoundError` without a model, `ModelFileError`, `UnavailableError` without the
        provider of the settings.
        """
        with self._busy:
            self._load()

    def unload(self) -> None:
        """See `Engine.unload`."""
        with self._busy:
            self._loaded = None
            give_back_memory()

    def prepare(self, recordings: Sequence[Recording], progress: Progress) -> Payload:
        """See `FamilyEngine.prepare`; raises `EnrolmentRefusedError` where none is usable."""
        from hub_agent.gpt_sovits.preparing import prepare

        installed = self._installed()
        pack, espeak = GptSovitsPack.open(installed), ESpeak()
        encoder = ReferenceEncoder(
            pack=pack.folder,
            hubert=pack.hubert,
            speaker=pack.speaker,
            num_threads=self._settings.threads,
            provider=self._settings.provider,
        )
        espeak.load()
        bert = _bert_of(pack, self._settings)
        voice = prepare(recordings, encoder, bert, espeak, progress)
        return voice.sealed(_model_id(installed.manifest))

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        """See `FamilyEngine.personal_voice`; data of another model are refused."""
        del voice
        with self._busy:
            return _Person(self, VoiceData.opened(data, self._load().model))

    def manner(self, data: Payload, voice: Voice) -> str:
        """See `RepeatableEngine.manner`."""
        del voice
        loaded = self._loaded
        model, files = self._look_up() if loaded is None else (loaded.model, loaded.files)
        VoiceData.opened(data, model)
        return repr((model.name, files, self._settings))

    def speak_as(self, data: VoiceData, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """Like `Engine.speak`."""
        with self._in_turn(emit) as is_wanted:
            phones = segment_phones(segment) if is_wanted else None
            if phones is not None:
                loaded = self._load()
                loaded.synthesiser.speak(
                    phones.ids,
                    data,
                    speed=prosody.rate,
                    emit=emit,
                    features=features_of(phones, loaded.bert),
                )

    @contextmanager
    def _in_turn(self, emit: Emit) -> Iterator[bool]:
        """Alone with the networks; False when nobody wanted to wait."""
        while not self._busy.acquire(timeout=POLL_S):
            if not emit(NOTHING):
                yield False
                return
        try:
            yield True
        finally:
            self._busy.release()

    def _load(self) -> _Loaded:
        if self._loaded is None:
            installed = self._installed()
            pack = GptSovitsPack.open(installed)
            synthesiser = _opened(pack.folder, self._settings)
            synthesiser.try_out()
            self.sample_rate = pack.sample_rate
            self._loaded = _Loaded(
                model=_model_id(installed.manifest),
                files=_hash_of(installed.manifest.files),
                synthesiser=synthesiser,
                bert=_bert_of(pack, self._settings),
            )
        return self._loaded

    def _look_up(self) -> tuple[ModelId, str]:
        """What would be loaded, and the hash of all its files."""
        installed = self._installed()
        self.sample_rate = GptSovitsPack.open(installed).sample_rate
        return _model_id(installed.manifest), _hash_of(installed.manifest.files)

    def _installed(self) -> InstalledPack:
        """The model of the settings, or the only one."""
        if self._settings.model is not None:
            return self._store.open(self._settings.model)
        packs = [pack for pack in self._store.packs() if pack.manifest.engine == ENGINE]
        if not packs:
            raise NotFoundError(
                "there is no GPT-SoVITS model here",
                hint="hub-agent models add-gpt-sovits --help",
                reason="no_model",
            )
        if len(packs) > 1:
            raise SettingsError(
                f"there are several GPT-SoVITS models: {', '.join(p.manifest.name for p in packs)}",
                hint="name one of them in engines.gpt_sovits.model",
                reason="model_not_chosen",
            )
        return packs[0]


class _Person:
    def __init__(self, engine: GptSovitsEngine, data: VoiceData) -> None:
        self._engine = engine
        self._data = data

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """See `PersonalVoice.speak`."""
        self._engine.speak_as(self._data, segment, prosody, emit)


def _opened(folder: Path, settings: GptSovitsSettings) -> Synthesiser:
    sampling = Sampling(
        top_k=settings.top_k,
        top_p=settings.top_p,
        temperature=settings.temperature,
        repetition_penalty=settings.repetition_penalty,
    )
    return Synthesiser(
        T2S.open(folder, num_threads=settings.threads),
        Decoder.open(folder, num_threads=settings.threads, provider=settings.provider),
        Manner(sampling=sampling, noise_scale=settings.noise_scale, seed=settings.seed),
    )


def _bert_of(pack: GptSovitsPack, settings: GptSovitsSettings) -> Bert | None:
    return Bert(pack.folder, num_threads=settings.threads) if pack.has_bert else None


def _model_id(manifest: Manifest) -> ModelId:
    """The same for the same files, however they came here; voices go on where BERT is added."""
    files = [file for file in manifest.files if file.path not in bert_maker.FILES]
    return ModelId(manifest.name, _hash_of(files))


def _hash_of(files: Iterable[PackFile]) -> str:
    sums = sorted(f"{file.path} {file.sha256}" for file in files)
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()
