#!/usr/bin/env python3
"""Makes the face of pictures written as PNG or PDF, lib/show/data/face/.

It is a part of DejaVu Sans Condensed: Latin, Greek, Cyrillic and some signs, without
hints and kerning, under the name that figure/ink.rs asks for. The licence of DejaVu
permits changed copies as long as they carry none of the names Bitstream and Vera.

  python3 scripts/figure-font.py FOLDER    FOLDER holds DejaVuSansCondensed.ttf and
                                           DejaVuSansCondensed-Bold.ttf, as from
                                           Debian's fonts-dejavu-extra

It installs fonttools into .setup/figure-font.
"""
import pathlib
import sys

from own_venv import rerun_inside

rerun_inside("figure-font", ["fonttools==4.68.0"])

from fontTools import subset  # noqa: E402
from fontTools.ttLib import TTFont  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "rb Figures"
RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x400, 0x45F), (0x2010, 0x2027), (0x2030, 0x205E),
          (0x2070, 0x209C), (0x20A0, 0x20BF), (0x2190, 0x2199), (0x2200, 0x2265), (0xFFFD, 0xFFFD)]


def main():
    folder = pathlib.Path(sys.argv[1])
    out = ROOT / "lib/show/data/face"
    out.mkdir(parents=True, exist_ok=True)
    for file, style in [("DejaVuSansCondensed.ttf", "Regular"), ("DejaVuSansCondensed-Bold.ttf", "Bold")]:
        font = TTFont(folder / file)
        options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=["*"])
        options.drop_tables += ["GPOS", "GSUB", "GDEF", "kern", "FFTM"]
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[c for low, high in RANGES for c in range(low, high + 1)])
        cut.subset(font)
        for record in font["name"].names:
            name = {1: NAME, 2: style, 4: f"{NAME} {style}", 6: f"rb-figures-{style}", 16: NAME, 17: style}
            if record.nameID in name:
                record.string = name[record.nameID]
        font["head"].modified = font["head"].created
        font.recalcTimestamp = False
        font.save(out / f"rb-figures-{style.lower()}.ttf")


if __name__ == "__main__":
    main()
