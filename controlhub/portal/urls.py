"""Pages, named <noun>-<verb>."""

from django.urls import path
from django.views.generic import RedirectView

from controlhub.portal.views import schemas, session, tokens, users

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="user-list"), name="home"),
    path("sign-in/", session.sign_in_page, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("theme/", session.choose_theme, name="theme-choose"),
    path("users/", users.user_list, name="user-list"),
    path("users/<uuid:user_id>/", users.user_detail, name="user-detail"),
    path("users/<uuid:user_id>/deactivate/", users.user_deactivate, name="user-deactivate"),
    path("users/<uuid:user_id>/reactivate/", users.user_reactivate, name="user-reactivate"),
    path("users/<uuid:user_id>/delete/", users.user_delete, name="user-delete"),
    path("users/<uuid:user_id>/purge/", users.user_purge, name="user-purge"),
    path("provisioning/", tokens.provisioning, name="provisioning"),
    path("provisioning/tokens/", tokens.token_issue, name="token-issue"),
    path("provisioning/tokens/<uuid:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("schemas/", schemas.schema_list, name="schema-list"),
    path("schemas/register/", schemas.schema_register, name="schema-register"),
    path("schemas/<uuid:schema_id>/remove/", schemas.schema_remove, name="schema-remove"),
    path("schemas/types/register/", schemas.resource_type_register, name="resource-type-register"),
    path("schemas/types/<uuid:type_id>/remove/", schemas.resource_type_remove, name="resource-type-remove"),
    path("schemas/policies/", schemas.policies_change, name="policies-change"),
]
