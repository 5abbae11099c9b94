from tests.viewer.sessions import *  # noqa: F403
