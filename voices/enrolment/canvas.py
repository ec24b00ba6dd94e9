"""Drawing for the pictures of recordings: panels, axes, curves. The only module using Pillow."""

import io
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import ImageFont

Colour: TypeAlias = tuple[int, int, int]

PAPER: Final[Colour] = (250, 249, 246)
PANEL: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (38, 43, 51)
SOFT: Final[Colour] = (118, 125, 136)
GRID: Final[Colour] = (231, 232, 235)
BLUE: Final[Colour] = (52, 101, 164)
PALE: Final[Colour] = (224, 236, 249)
GREEN: Final[Colour] = (46, 139, 87)
AMBER: Final[Colour] = (204, 132, 16)
RED: Final[Colour] = (190, 49, 53)

_HEAT: Final = np.array(
    [
        (255, 255, 255),
        (226, 236, 246),
        (140, 181, 217),
        (62, 120, 178),
        (38, 56, 110),
        (24, 22, 52),
    ],
    np.float64,
)
_PNG_LEVEL: Final = 6


class Canvas:
    """A sheet of paper to draw on; coordinates in pixels from the upper left."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image, ImageDraw

        self._image = Image.new("RGB", (width, height), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts: dict[int, Any] = {}

    def text(
        self,
        at: tuple[float, float],
        text: str,
        *,
        size: int = 15,
        fill: Colour = INK,
        anchor: str = "la",
    ) -> None:
        """Write one line."""
        self._draw.text(at, text, font=self._font(size), fill=fill, anchor=anchor)

    def width_of(self, text: str, size: int) -> float:
        """Pixels that a line takes."""
        return float(self._font(size).getlength(text))

    def fitted(self, text: str, size: int, width: float) -> str:
        """As much of a line as fits, with an ellipsis where it was cut."""
        if self.width_of(text, size) <= width:
            return text
        while text and self.width_of(text + "…", size) > width:
            text = text[:-1]
        return text + "…"

    def wrapped(self, text: str, size: int, width: float) -> list[str]:
        """The text in lines that fit."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.width_of(longer, size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return [self.fitted(line, size, width) for line in lines if line]

    def box(
        self, area: "Area", fill: Colour, *, outline: Colour | None = None, radius: int = 0
    ) -> None:
        """A filled rectangle, round at the corners when asked."""
        corners = (area.left, area.top, area.right, area.bottom)
        self._draw.rounded_rectangle(corners, radius=radius, fill=fill, outline=outline)

    def dot(self, at: tuple[float, float], radius: float, fill: Colour) -> None:
        """A filled circle."""
        x, y = at
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)

    def line(self, points: list[tuple[float, float]], fill: Colour, width: int = 1) -> None:
        """Straight lines from point to point."""
        self._draw.line(points, fill=fill, width=width, joint="curve")

    def paste(self, pixels: NDArray[np.uint8], area: "Area") -> None:
        """An image [height, width, 3], scaled into an area."""
        from PIL import Image

        size = (area.right - area.left, area.bottom - area.top)
        scaled = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
        self._image.paste(scaled, (area.left, area.top))

    def png(self) -> bytes:
        """The sheet as a file."""
        buffer = io.BytesIO()
        self._image.save(buffer, "PNG", compress_level=_PNG_LEVEL)
        return buffer.getvalue()

    def _font(self, size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
        from PIL import ImageFont

        if size not in self._fonts:
            self._fonts[size] = ImageFont.load_default(size)
        font: ImageFont.FreeTypeFont | ImageFont.ImageFont = self._fonts[size]
        return font


class Area:
    """A rectangle with scales: seconds across, anything up."""

    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom

    def x(self, share: float) -> float:
        """Pixel at a share of the width."""
        return self.left + share * (self.right - self.left)

    def y(self, share: float) -> float:
        """Pixel at a share of the height, from below."""
        return self.bottom - share * (self.bottom - self.top)

    @property
    def num_columns(self) -> int:
        """Pixels across."""
        return self.right - self.left


def heat(levels: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colours for levels from 0 (paper) to 1 (dark)."""
    place = np.clip(levels, 0.0, 1.0) * (len(_HEAT) - 1)
    low = np.minimum(place.astype(np.intp), len(_HEAT) - 2)
    share = (place - low)[..., None]
    return np.asarray(_HEAT[low] * (1 - share) + _HEAT[low + 1] * share, np.uint8)


def tick_step(extent: float, most: int) -> float:
    """Distance of round numbers so that at most `most` fit into an extent."""
    raw = max(extent, 1e-6) / most
    power = 10.0 ** np.floor(np.log10(raw))
    return float(next(power * step for step in (1, 2, 5, 10) if power * step >= raw * 0.999))
