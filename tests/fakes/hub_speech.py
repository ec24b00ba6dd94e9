"""A user's home whose hub has spoken, and files of what was heard."""

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hub_agent.clock import SystemClock
from hub_agent.paths import audit_anchor, ledger_folder, mark_key_file, vault_folder
from hub_agent.settings.trust import WatermarkSettings
from hub_agent.voicing.marking import Marking
from tests.fakes.household import enrol, use
from tests.fakes.speech_material import RATE, wav_bytes
from voices.family import FamilyVoices
from voices.household import Household
from voices.marked_utterance import SpeechEnding
from voices.members import Member
from voices.vault.slots import KeyFile
from voices.watermark.embedder import Strength

Samples = NDArray[np.float32]


@dataclass
class SpeakingHome:
    """The vault of `folder`, where the command line finds it, and one voice in it."""

    folder: Path
    family: FamilyVoices = field(init=False)
    member: Member = field(init=False)

    def __post_init__(self) -> None:
        self.data = self.folder / "share" / "hub-agent"
        self.key_file = self.folder / "config" / "hub-agent" / "vault.key"
        self.data.mkdir(parents=True)
        vault, ledger, slot = self.vault, ledger_folder(self.data), KeyFile(self.key_file)
        self.member = enrol(Household.create(vault, ledger, [slot]))
        self.family = FamilyVoices(
            vault,
            ledger,
            anchor=audit_anchor(self.key_file),
            secrets=lambda: [slot],
            wipe_after_s=100.0,
        )

    @property
    def vault(self) -> Path:
        return vault_folder(self.data)

    def say(self, speech: Samples, announcement_id: str) -> Samples:
        """As grandma would have said it, and in the audit log."""
        said = self.family.begin(
            self.member.key,
            use(at=datetime.now(UTC)),
            announcement_id=announcement_id,
            sample_rate=RATE,
            strength=Strength.NORMAL,
        )
        marked = np.concatenate((said.marker.process(speech), said.marker.finish()))
        said.end(
            SpeechEnding(
                outcome="spoken", reason=None, heard_s=speech.size / RATE, text="Dinner is ready."
            )
        )
        return marked

    def say_stock(self, speech: Samples) -> Samples:
        """As a stock voice would have said it."""
        marking = Marking(mark_key_file(self.data), WatermarkSettings(), SystemClock())
        marker = marking.stock_marker(RATE)
        assert marker is not None
        return np.concatenate((marker.process(speech), marker.finish()))


def write_wav(path: Path, samples: Samples) -> Path:
    path.write_bytes(wav_bytes(samples * np.float32(0.9)))
    return path


def converted(source: Path, target: Path, *options: str) -> Path:
    """The file as ffmpeg writes it in the format of `target`'s name."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg to make the files")
    command: list[str | Path] = [
        "ffmpeg",
        "-loglevel",
        "error",
        "-y",
        "-i",
        source,
        *options,
        target,
    ]
    subprocess.run(command, check=True)
    return target


def as_film(source: Path, target: Path) -> Path:
    """The sound under a moving picture."""
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=5", "-shortest")
    return converted(source, target, *picture, "-c:v", "mpeg4", "-c:a", "aac", "-b:a", "64k")
