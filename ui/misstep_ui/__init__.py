"""The replay debugger: a Streamlit app over the reader interface."""
