#!/usr/bin/env python3
"""What a browser makes of rb-pareto --html: `make page-test`.

    scripts/test-page.py BINARIES

Draws the demo data's page in headless Chromium and looks for what must be there:
curves, bands, marks that can be reached with the Tab key, both tables, and no
error of the script. Skipped with a message where no Chromium is found.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ["chromium", "chromium-browser", "google-chrome"]


def main():
    tools = pathlib.Path(sys.argv[1]).resolve()
    browser = next((shutil.which(n) for n in NAMES if shutil.which(n)), None)
    if browser is None:
        print("page-test: skipped, no Chromium is found (Debian: apt-get install chromium)")
        return
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.html"
        pipeline = (
            f"'{tools}/rb-embed' '{ROOT}/tests/data/demo.ndjson.gz' | '{tools}/rb-fit' kmeans --quiet | '{tools}/rb-fit' domain --quiet --name '<b>&\"domain' "
            f"| '{tools}/rb-score' --quiet --by dataset | '{tools}/rb-pareto' --quiet --html '{page}' > '{folder}/rest'"
        )
        subprocess.run(pipeline, shell=True, check=True)
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom", page.as_uri()]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
        dom, said = ran.stdout, ran.stderr
    drawn = dom.split('<div id="picture">')[1].split("</div>")[0]
    figures = dom.split('id="figures"')[1]
    checks = {
        "no error of the script": "CONSOLE" not in said or "Uncaught" not in said,
        "two curves": len(re.findall(r'stroke-width="2"', drawn)) == 2,
        "two bands": len(re.findall(r'opacity="0.13"', drawn)) == 2,
        "marks for the Tab key, with words": len(re.findall(r'class="spot" tabindex="0" role="img" aria-label="[^"]+quality', drawn)) > 20,
        "six single models": figures.count("<td>model</td>") == 6,
        "two routers in the table": figures.count("<td>router at alpha 1.00</td>") == 2,
        "a name of markup is shown as text": "&lt;b&gt;&amp;" in figures and "<b>&" not in figures,
        "names of single models": drawn.count('class="soft name"') >= 4,
        "seven planes side by side": dom.split('id="groups"')[1].split("</section>")[0].count("<svg") == 7,
        "a choice of datasets": dom.split('id="group"')[1].split("</select>")[0].count("<option") == 7,
    }
    for name, holds in checks.items():
        print(f"{'ok' if holds else 'BROKEN'}: {name}")
    sys.exit(0 if all(checks.values()) else 1)


main()
