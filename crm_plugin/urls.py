"""The plugin's public routes; a site includes them once, outside ``i18n_patterns``."""

from .forms.urls import urlpatterns as form_urlpatterns
from .public.urls import urlpatterns as public_urlpatterns

app_name = "crm"
urlpatterns = [*public_urlpatterns, *form_urlpatterns]
