"""What was found, as a table for people and as JSON."""

import json
from dataclasses import dataclass
from enum import StrEnum

from measure import Spread


class Direction(StrEnum):
    """How ours and the peer's become one number."""

    TIMES_FASTER = "peer / ours"
    TIMES_THE_RATE = "ours / peer"
    SHARE = "ours / peer "


@dataclass(frozen=True)
class Comparison:
    job: str
    unit: str
    peer: str | None
    theirs: Spread | None
    ours: Spread
    direction: Direction | None
    goal: str = ""

    @property
    def ratio(self):
        """Of each pair of runs; None where there is no peer."""
        if self.theirs is None:
            return None
        return self.theirs / self.ours if self.direction is Direction.TIMES_FASTER else self.ours / self.theirs

    def cells(self):
        ratio = self.ratio
        mark = "" if self.direction is Direction.SHARE else "x"
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
            "ratio": told(self.ratio), "ratio_is": self.direction and self.direction.strip(), "goal": self.goal,
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
