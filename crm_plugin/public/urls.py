"""Routes for recipients and visitors; none of them changes anything on GET."""

urlpatterns: list = []
