"""Import all of an OpenAPI body: authorizers, gateway responses, and updates in place.

MiniStack imports paths and integrations only, so that SAM's `Auth` and `GatewayResponses` would
have no effect and every route were open; and it gives an API a new id whenever its body changes.
"""

# ruff: noqa: SLF001 - MiniStack offers no other way in

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .patching import Function, wrap

CUSTOM_ID_TAG = "ms-custom-id"


def authorizers_of(spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return CreateAuthorizer requests by name from a body of OpenAPI 3 or 2."""
    schemes = spec.get("components", {}).get("securitySchemes") or spec.get("securityDefinitions")
    found = {}
    for name, scheme in (schemes or {}).items():
        settings = scheme.get("x-amazon-apigateway-authorizer")
        if settings:
            found[name] = {**settings, "name": name, "type": settings["type"].upper()}
    return found


def secured_methods(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield path, method and authorizer's name of each operation that has one."""
    known = authorizers_of(spec)
    for path, operations in (spec.get("paths") or {}).items():
        for method, operation in operations.items():
            requirements = operation.get("security") or [] if isinstance(operation, dict) else []
            for name in (name for requirement in requirements for name in requirement):
                if name in known:
                    yield path, method.upper(), name


def complete(apigateway: Any, api_id: str, spec: Mapping[str, Any]) -> None:
    """Add what the import left out."""
    ids = {}
    for name, request in authorizers_of(spec).items():
        _, _, body = apigateway._create_authorizer(api_id, request)
        ids[name] = json.loads(body)["id"]
    by_path = {resource["path"]: resource for resource in apigateway._resources[api_id].values()}
    for path, method, name in secured_methods(spec):
        stored = by_path[path]["resourceMethods"][method]
        stored.update(authorizationType="CUSTOM", authorizerId=ids[name])
    responses = spec.get("x-amazon-apigateway-gateway-responses") or {}
    for response_type, response in responses.items():
        apigateway._put_gateway_response(api_id, response_type, response)


def update_in_place(apigateway: Any, create: Function) -> Function:
    """Return an update of AWS::ApiGateway::RestApi that keeps the id, stages and deployments."""

    def update(physical_id: str, _old: Any, new: Mapping[str, Any], stack: str) -> Any:
        stages = apigateway._stages_v1.get(physical_id, {})
        deployments = apigateway._deployments_v1.get(physical_id, {})
        apigateway._delete_rest_api(physical_id)
        apigateway._authorizer_cache.clear()
        tag = {"Key": CUSTOM_ID_TAG, "Value": physical_id}
        made = create("", {**new, "Tags": [*(new.get("Tags") or []), tag]}, stack)
        apigateway._stages_v1[physical_id] = stages
        apigateway._deployments_v1[physical_id] = deployments
        return made

    return update


def install(apigateway: Any, provisioners: Any) -> None:
    """Let MiniStack import and update whole OpenAPI bodies."""

    def import_rest_api(original: Function) -> Function:
        def run(spec: Mapping[str, Any], base_data: Any = None) -> str:
            api_id: str = original(spec, base_data)
            complete(apigateway, api_id, spec)
            return api_id

        return run

    wrap(apigateway, "_import_rest_api", import_rest_api)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
    handlers["update"] = update_in_place(apigateway, handlers["create"])
