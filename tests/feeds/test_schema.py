"""The OpenAPI schema: valid, without a warning, and complete."""

from django.core.management import call_command

from tests.contract import path_of, schema

CONTRACT = {
    "/api/v1/papers/": {"get", "post"},
    "/api/v1/papers/{public_id}/": {"get"},
    "/api/v1/papers/batch-get/": {"post"},
    "/api/v1/papers/{public_id}/similar/": {"get"},
    "/api/v1/papers/{public_id}/export.{form}": {"get"},
    "/api/v1/papers/{public_id}/vote/": {"put", "delete"},
    "/api/v1/me/votes/": {"get"},
    "/api/v1/me/votes/batch/": {"post"},
    "/api/v1/me/votes/export.{form}": {"get"},
    "/api/v1/impressions/batch/": {"post"},
    "/api/v1/me/": {"get", "patch", "delete"},
    "/api/v1/me/export/": {"get"},
    "/api/v1/me/import/": {"post"},
    "/api/v1/me/reset/": {"post"},
    "/api/v1/me/interests/": {"get", "post"},
    "/api/v1/me/interests/{id}/": {"get", "patch", "delete"},
    "/api/v1/me/tokens/": {"get", "post"},
    "/api/v1/me/tokens/{id}/": {"get", "delete"},
    "/api/v1/days/": {"get"},
    "/api/v1/days/{day}/": {"get"},
    "/api/v1/weeks/{week}/": {"get"},
    "/api/v1/months/{month}/": {"get"},
    "/api/v1/trending/": {"get"},
    "/api/v1/me/mutes/": {"get", "post"},
    "/api/v1/me/mutes/{id}/": {"get", "delete"},
    "/api/v1/me/taste/": {"get"},
    "/api/v1/me/what-if/": {"post"},
    "/api/v1/me/collections/": {"get", "post"},
    "/api/v1/me/collections/{collection_id}/": {"get", "patch", "delete"},
    "/api/v1/me/collections/{collection_id}/export.{form}": {"get"},
    "/api/v1/me/collections/{collection_id}/more/": {"get"},
    "/api/v1/me/collections/{collection_id}/as-interests/": {"post"},
    "/api/v1/me/collections/{collection_id}/papers/": {"get"},
    "/api/v1/me/collections/{collection_id}/papers/{public_id}/": {"put", "delete"},
    "/api/v1/me/feed/": {"get"},
    "/api/v1/me/feed/simulate/": {"post"},
    "/api/v1/me/feed/{public_id}/why/": {"get"},
    "/api/v1/me/onboarding/next/": {"post"},
    "/api/v1/rankings/{public_id}/": {"get"},
    "/api/v1/models/": {"get"},
    "/api/v1/metrics/positions/": {"get"},
    "/api/v1/metrics/orders/": {"get"},
    "/api/v1/metrics/exposure/": {"get"},
    "/api/v1/experiments/": {"get"},
    "/api/v1/status/": {"get"},
}


def test_the_schema_is_valid_and_made_without_a_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_the_schema_has_every_address_of_the_contract_and_no_other():
    assert {address: set(methods) for address, methods in schema()["paths"].items()} == CONTRACT


def test_only_the_public_record_needs_no_sign_in():
    public = {
        address
        for address, methods in schema()["paths"].items()
        for operation in methods.values()
        if {} in operation.get("security", [{}])
    }
    assert public == {
        "/api/v1/papers/", "/api/v1/papers/{public_id}/", "/api/v1/days/", "/api/v1/models/", "/api/v1/status/",
        "/api/v1/trending/", "/api/v1/papers/batch-get/", "/api/v1/papers/{public_id}/similar/",
        "/api/v1/papers/{public_id}/export.{form}", "/api/v1/days/{day}/", "/api/v1/weeks/{week}/",
        "/api/v1/months/{month}/", "/api/v1/metrics/positions/", "/api/v1/metrics/orders/",
        "/api/v1/metrics/exposure/", "/api/v1/experiments/",
    }  # fmt: skip


def test_schema_and_swagger_are_served(anonymous):
    assert anonymous.get("/api/schema/").status_code == 200
    assert "swagger-ui" in anonymous.get("/api/docs/").content.decode()


def test_nothing_is_nullable_in_the_way_that_openapi_3_1_ignores():
    assert "'nullable': True" not in str(schema())


def test_a_route_is_read_as_the_schema_writes_it():
    assert path_of("api/v1/papers/<paper_id:public_id>/vote/") == "/api/v1/papers/{public_id}/vote/"
