"""Every model of the app, gathered from its rooms for Django."""

from .bookings.models import *  # noqa: F403
from .campaigns.models import *  # noqa: F403
from .conf import CrmSettings  # noqa: F401
from .consents.models import *  # noqa: F403
from .contacts.models import *  # noqa: F403
from .delivery.models import *  # noqa: F403
from .imports.models import *  # noqa: F403
from .intake.models import *  # noqa: F403
from .journal import Bundle, Change, Operation  # noqa: F401
from .lifecycle.models import *  # noqa: F403
from .personalisation.models import *  # noqa: F403
from .queue.models import Heartbeat, Work  # noqa: F401
from .sales.models import *  # noqa: F403
from .scoring.models import *  # noqa: F403
from .segments.models import *  # noqa: F403
from .touchpoints.models import *  # noqa: F403
