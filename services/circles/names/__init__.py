"""The names that users choose: which are allowed, and how they are put in order and searched."""

from services.circles.names.pinyin import name_key, name_key_prefixes
from services.circles.names.rules import require_allowed_name, require_no_contact
