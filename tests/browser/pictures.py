"""Takes the README's pictures of a review anew: `python -m tests.browser.pictures`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from functions.core.incident.review.page import page
from tests.browser.browser import look
from tests.reviewed import review

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "review.html"
        file.write_text(page(review()))
        look(file, Path(folder), picture=DOCS / "review.png", tall=1090)
        questions = "Questions to answer together"
        look(file, Path(folder), picture=DOCS / "review-questions.png", dark=True, begin=questions, tall=1060)


if __name__ == "__main__":
    main()
