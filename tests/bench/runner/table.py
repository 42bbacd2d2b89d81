"""Tables of figures, as text."""


def shown(value, form, scale=1.0):
    return "-" if value is None else format(value * scale, form)


def ratio(part, whole):
    return None if part is None or not whole else part / whole


def print_table(head, lines):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    for line in [head, ["-" * width for width in widths], *lines]:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        print("  ".join(cells))
    print()


class Targets:
    """What should be reached, and whether it is; what was not measured is left out."""

    def __init__(self):
        self.lines = []

    def at_least(self, text, value, least, form=".2f"):
        self.add(f"{text}, at least {least:,}", value, value is not None and value >= least, form)

    def at_most(self, text, value, most, form=".2f"):
        self.add(f"{text}, at most {most:,}", value, value is not None and value <= most, form)

    def add(self, text, value, met, form):
        if value is not None:
            self.lines.append([text, shown(value, form), "met" if met else "MISSED"])

    def print(self):
        print_table(["target", "is", ""], self.lines)
