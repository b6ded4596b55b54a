"""The app's entry: navigation only. Streamlit puts this folder on sys.path, so it holds no module."""

from misstep_ui.views import shell

shell.run()
