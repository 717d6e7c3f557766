#!/usr/bin/python3
"""How fast is a batch: 500 mixed documents with 1 job and with 2, and against one `recto convert` of the same files.

  tools/batch_speed.py RECTO [--documents 500] [--seed 5] [--runs 3] [--to md,json,txt] [--keep FOLDER]

The documents (text PDFs of 1 to 12 pages, scanned PDFs, PDFs with both, photos and scans as JPEG, PNG and TIFF, some
of several pages) are made from samples/ by --seed.  Four commands are run by turns, --runs times: batch --jobs 1,
batch --jobs 2, convert, convert --no-sandbox.  Said of each: the best wall time and the best user + sys.  The first
is disturbed by whatever else the machine does; the second hardly.  Needs python3-pil.
"""

import argparse
import io
import random
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import batchlib  # noqa: E402

# one document in how many hundredths is of which sort
SORTS = {"text": 45, "scan": 14, "both": 12, "jpeg": 14, "png": 7, "tiff": 8}


def varied(rng, image):
    """The picture a little lighter or darker and a few pixels smaller: other bytes, the same text."""
    from PIL import ImageEnhance

    cut = [rng.randrange(4) for _ in range(4)]
    image = image.crop((cut[0], cut[1], image.width - cut[2], image.height - cut[3]))
    return ImageEnhance.Brightness(image).enhance(rng.uniform(0.96, 1.04))


def saved(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def make(folder, count, seed):
    """Writes the documents; all names differ, so that `recto convert` may write them into one folder."""
    from PIL import Image

    lines, rng = batchlib.sentences(), random.Random(seed)
    paths = sorted((batchlib.SAMPLES / "degraded").glob("*.jpg")) + [batchlib.SAMPLES / "receipt.jpg"]
    photos = [Image.open(path).convert("L") for path in paths]
    drawn = [Image.open(batchlib.SAMPLES / f"{name}.png").convert("L") for name in ("letter", "two-columns", "unruled-table")]
    folder.mkdir(parents=True)
    for n in range(count):
        rng = random.Random(f"{seed}/{n}")
        sort = rng.choices(list(SORTS), SORTS.values())[0]
        if sort in ("text", "scan", "both"):
            kinds = {"text": "t" * rng.randrange(1, 13), "scan": "s" * rng.randrange(1, 5)}
            kinds["both"] = "".join(rng.choice("ts") for _ in range(rng.randrange(2, 7)))
            jpegs = [saved(varied(rng, rng.choice(photos)), "JPEG", quality=70) for _ in range(2)] if sort != "text" else []
            name, data = f"{n:04}-{sort}.pdf", batchlib.mixed_pdf(rng, kinds[sort], jpegs, lines, b"document %d" % n)
        elif sort == "jpeg":
            name, data = f"{n:04}.jpg", saved(varied(rng, rng.choice(photos)), "JPEG", quality=80)
        elif sort == "png":
            name, data = f"{n:04}.png", saved(varied(rng, rng.choice(drawn)), "PNG")
        else:
            first, *more = [varied(rng, rng.choice(drawn)).point(lambda v: 255 * (v > 128), "1") for _ in range(rng.randrange(1, 4))]
            name, data = f"{n:04}.tif", saved(first, "TIFF", compression="group4", save_all=True, append_images=more, dpi=(300, 300))
        (folder / name).write_bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recto", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--seed", default="5")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--to", default="md,json,txt")
    parser.add_argument("--keep", type=Path, help="make the documents here, or take those that are there")
    args = parser.parse_args()
    batchlib.adopt()
    base = Path(tempfile.mkdtemp(prefix="batch-speed-"))
    inputs = args.keep or base / "in"
    if not inputs.exists():
        make(inputs, args.documents, args.seed)
    files = sorted(inputs.iterdir())
    kinds = {
        "batch --jobs 1": ["batch", inputs, "--jobs", "1", "--progress", "never"],
        "batch --jobs 2": ["batch", inputs, "--jobs", "2", "--progress", "never"],
        "convert": ["convert", *files],
        "convert --no-sandbox": ["convert", "--no-sandbox", *files],
    }
    best, n_pages, trees = {}, 0, {}
    try:
        for number in range(args.runs):
            for kind, command in kinds.items():
                out = base / "out"
                with open(base / "stderr", "wb") as errors:
                    run = batchlib.Run([args.recto, *command, "-o", out, "--to", args.to], {"TMPDIR": str(base)}, stderr=errors)
                if run.wait() != 0:
                    sys.exit(f"{kind}: exit code {run.code}: {(base / 'stderr').read_text(errors='replace')[-600:]}")
                run.leftovers()
                if command[0] == "batch":
                    n_pages = len(batchlib.Journal(out).pages)
                if number == 0:
                    trees[kind] = {k: v for k, v in batchlib.tree(out).items() if not k.startswith(b"manifest")}
                shutil.rmtree(out)
                wall, cpu = best.get(kind, (1e9, 1e9))
                best[kind] = (min(wall, run.seconds), min(cpu, run.cpu))
                print(f"run {number + 1}, {kind}: {run.seconds:.2f} s wall, {run.cpu:.2f} s user + sys", flush=True)
    finally:
        shutil.rmtree(base)
    print(f"\n{len(files)} documents, {n_pages} pages, best of {args.runs}\n")
    for kind, (wall, cpu) in best.items():
        print(f"| {kind} | {wall:.2f} s | {n_pages / wall:.1f} pages/s | {cpu:.2f} s user + sys |")
    one, two, convert, bare = (best[kind] for kind in kinds)
    print(f"\n2 jobs: {one[0] / two[0]:.3f} times the pages/s of 1 job (user + sys: {two[1] / one[1]:.3f} times)")
    for what, other in (("convert", convert), ("convert --no-sandbox", bare)):
        print(f"batch --jobs 1 over {what}: wall {one[0] / other[0] - 1:+.2%}, user + sys {one[1] / other[1] - 1:+.2%}")
    differ = [f"{a}/{b}" for a in trees for b in ("batch --jobs 1",) if list(batchlib.differences(trees[b], trees[a]))]
    # a run without sandbox says so in its outputs
    print(f"outputs that differ from batch --jobs 1's: {', '.join(differ) or 'none'}")
    sys.exit(0 if one[0] / two[0] >= 1.8 and one[1] / convert[1] <= 1.03 else 1)


if __name__ == "__main__":
    main()
