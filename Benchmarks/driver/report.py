"""What was found, as a table for people and as JSON."""

import json
import sys
from dataclasses import dataclass
from enum import Enum

from measure import Spread


class Ratio(Enum):
    """How ours and the peer's become one number."""

    # Seconds: above 1 is in our favour.
    FASTER = "peer / ours"
    # Rates: above 1 is in our favour.
    MORE = "ours / peer"
    # What should be small.
    SHARE = "ours as a share of the peer's"


@dataclass(frozen=True)
class Comparison:
    job: str
    unit: str
    peer: str | None
    theirs: Spread | None
    ours: Spread
    ratio_is: Ratio | None
    goal: str = ""

    @property
    def ratio(self):
        """Of each pair of runs; None where there is no peer."""
        if self.theirs is None:
            return None
        return self.theirs / self.ours if self.ratio_is is Ratio.FASTER else self.ours / self.theirs

    def cells(self):
        ratio = self.ratio
        mark = "" if self.ratio_is is Ratio.SHARE else "x"
        return [
            self.job, self.unit, self.peer or "", str(self.theirs or ""), str(self.ours),
            f"{ratio}{mark}" if ratio else "", self.goal,
        ]

    def as_json(self):
        def told(values):
            return values and {
                "median": values.median, "least": values.least, "most": values.most, "runs": list(values.values)
            }

        return {
            "job": self.job, "unit": self.unit, "peer": self.peer, "theirs": told(self.theirs), "ours": told(self.ours),
            "ratio": told(self.ratio), "ratio_is": self.ratio_is and self.ratio_is.value, "goal": self.goal,
        }


HEADINGS = ["job", "measured", "peer", "the peer's", "ours", "ratio", "goal"]


def table(comparisons):
    """Markdown whose columns line up."""
    rows = [HEADINGS] + [comparison.cells() for comparison in comparisons]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows
    )


def note(text):
    """On standard error: what is being measured, since some of it takes minutes."""
    print(f"benchmark: {text}", file=sys.stderr, flush=True)


def write(path, conditions, subjects):
    """JSON into `path`, and the tables beside it.

    :param subjects: name to its comparisons.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "conditions": conditions,
        "subjects": {name: [one.as_json() for one in comparisons] for name, comparisons in subjects.items()},
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    text = "\n".join(f"{name}: {value}  " for name, value in conditions.items())
    for name, comparisons in subjects.items():
        text += f"\n\n## {name}\n\n{table(comparisons)}"
    path.with_suffix(".md").write_text(text + "\n")
