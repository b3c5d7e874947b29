"""The frame of every HTML file that stands alone."""

from html import escape


def document(title: str, style: str, body: str) -> str:
    """A page as text.

    Args:
        title: plain text.
        style: CSS.
        body: HTML, in which what came from outside is escaped already.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
