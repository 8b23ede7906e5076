"""A local authority for all tests of signing in with Microsoft, and providers for it."""

import pytest

# What the authority is asked for when a person signs in.
SIGN_IN = ["openid-configuration", "devicecode", "token:device_code"]


@pytest.fixture(scope="session")
def running_authority():
    """Give the authority and its settings as they are at the start."""
    from liminal.sandbox.authority import Authority

    with Authority() as authority:
        settings = {name: value for name, value in vars(authority).items() if name[0] != "_"}
        yield authority, settings


@pytest.fixture
def authority(running_authority):
    """Give an authority without memory, where everybody approves the sign-in at once."""
    authority, settings = running_authority
    authority.reset()
    vars(authority).update(settings)
    return authority


@pytest.fixture
def make_provider(authority):
    """Make a provider for the authority, which logs no prompt."""
    from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider

    def make(**options):
        given = {"authority": authority.url, "verify": authority.ca_file, "prompt": str, **options}
        return DeviceCodeFlowProvider(authority.tenant_id, "client", **given)

    return make


@pytest.fixture
def on_request(authority, monkeypatch):
    """Have a function called with the form of each request, before the authority answers it."""

    def on_request(handler, call):
        real = getattr(authority._app, handler)

        def handle(form):
            call(form)
            return real(form)

        monkeypatch.setattr(authority._app, handler, handle)

    return on_request
