"""The example's addresses, and Wagtail's API and sitemap beside them."""

from django.urls import path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.contrib.sitemaps.views import sitemap

from example.urls import urlpatterns as example

router = WagtailAPIRouter("api")
router.register_endpoint("pages", PagesAPIViewSet)


urlpatterns = [
    path("crm/api/", router.urls),
    path("sitemap.xml", sitemap),
    *example,
]
