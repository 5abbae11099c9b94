"""A hospital's archive over DICOMweb: found, fetched and stored, once the person has set a connection up."""

from segstudio.pacs.archive import Archive, Fetched
from segstudio.pacs.connections import Connection, Passwords, add, connection, connections, remove
from segstudio.pacs.found import Query, SeriesFound, StudyFound

__all__ = [
    "Archive",
    "Connection",
    "Fetched",
    "Passwords",
    "Query",
    "SeriesFound",
    "StudyFound",
    "add",
    "connection",
    "connections",
    "remove",
]
