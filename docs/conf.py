"""How the documentation is built: `make docs` makes a site of these pages, which needs no network to read."""

import sys
from pathlib import Path

from irjax import __version__

sys.path.insert(0, str(Path(__file__).parent))

project, author, copyright = "irjax", "The irjax developers", "the irjax developers, Apache-2.0"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "command_line"]
exclude_patterns = ["static"]

default_role = "code"  # docstrings are written with single backticks
highlight_language = "text"
myst_heading_anchors = 3

add_module_names = False
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"  # a config's fields are listed once, below it
autodoc_default_options = {"members": True, "undoc-members": True, "exclude-members": "__init__, __new__"}
autodoc_preserve_defaults = True
napoleon_numpy_docstring, napoleon_use_rtype = False, False
python_maximum_signature_line_length = 88
viewcode_line_numbers = False

html_theme = "furo"
html_title = f"irjax {__version__}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5d8a", "color-brand-content": "#0b5d8a"},
    "dark_css_variables": {"color-brand-primary": "#6cb8e6", "color-brand-content": "#6cb8e6"},
}
