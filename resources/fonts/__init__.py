"""The font files the program ships: the window's, the PDF writer's. Sources and licences stand in NOTICE.

To add a face: 1. a line in installer/fonts/build_fonts.py, 2. its file and licence here, 3. a section in NOTICE,
4. a line in FACES. tests/forms/test_fonts.py fails when a step is missing.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

FANG = "FandolFang.ttf"
KAI = "FandolKai.ttf"
HEI = "FandolHei.ttf"
SONG_BOLD = "FandolSong-Bold.ttf"
SERIF = "NotoSerifSC-Regular.ttf"
SERIF_BOLD = "NotoSerifSC-Bold.ttf"
SANS = "NotoSansSC-Regular.ttf"
SANS_BOLD = "NotoSansSC-Bold.ttf"
HANA = "HanaMinB.ttf"

FACES = (FANG, KAI, HEI, SONG_BOLD, SERIF, SERIF_BOLD, SANS, SANS_BOLD, HANA)


def path(face_file: str) -> Path:
    """The file of one of FACES on disk. KeyError when there is no such face."""
    if face_file not in FACES:
        raise KeyError(face_file)
    # The project is always installed as plain files (editable, frozen, .deb), never as a zip.
    return Path(str(files(__package__).joinpath(face_file)))
