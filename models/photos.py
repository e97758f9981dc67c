"""A photo as it is meant to be seen: upright, no larger than asked for, its place and camera left behind. Nothing here knows a record."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 120_000_000  # an A3 sheet at 600 dpi; beyond it a small file may fill the memory
TOO_LARGE = Image.DecompressionBombError
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError)  # what Pillow says of a file that is none, or is cut off


def upright(data: bytes, edge: int, *, grey: bool = False) -> Image.Image:
    """A picture of at most edge pixels a side, grey or in colours on white. Raises TOO_LARGE or one of BROKEN."""
    image: Image.Image = Image.open(BytesIO(data))
    if image.width * image.height > MOST_PIXELS:
        raise TOO_LARGE(f"{image.width} × {image.height}")
    image.draft("L" if grey else "RGB", (edge, edge))
    turned = ImageOps.exif_transpose(image)
    turned = turned.convert("L") if grey else _on_white(turned)
    turned.thumbnail((edge, edge))
    return turned


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    paper = Image.new("RGB", clear.size, "white")
    paper.paste(clear, mask=clear.getchannel("A"))
    return paper
