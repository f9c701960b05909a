"""A cold start: assume the role, unpack the code, start the environment."""

from __future__ import annotations

from grader.cloud.environment.configuration import Credentials, FunctionConfiguration
from grader.cloud.functions.code import CodeStore
from grader.cloud.functions.collaborators import Environments, Identities, MotoAccount, Serve
from grader.cloud.functions.errors import RoleNotAssumable
from grader.cloud.functions.pool import Slot
from grader.cloud.functions.registry import FunctionVersion


class ColdStart:
    """Starts environments.

    Attributes
    ----------
    serve
        What serves AWS's endpoint to the environments; None leaves it to the zygote.
    """

    def __init__(
        self, zygote: Environments, identity: Identities, moto: MotoAccount, code: CodeStore, region: str
    ) -> None:
        self.serve: Serve | None = None
        self._zygote, self._identity, self._moto, self._code, self._region = zygote, identity, moto, code, region

    def start(self, slot: Slot, version: FunctionVersion, init_in_invoke: bool = False) -> None:
        """Start the environment that a slot is the place of.

        Parameters
        ----------
        init_in_invoke
            Its INIT phase ran out of time before, and is done again as part of the invocation.

        Raises
        ------
        RoleNotAssumable
            When the function's role is gone.
        """
        credentials = self._assume(version)
        config = self._configuration(version, slot.log_stream, init_in_invoke)
        slot.principal = self._identity.principal_of(credentials.access_key_id, credentials.session_token)
        slot.access_key = credentials.access_key_id
        slot.expires = credentials.expires
        slot.environment = self._zygote.start(config, credentials, self.serve)
        if slot.abandoned:  # the account was closed meanwhile
            slot.environment.close()

    def _assume(self, version: FunctionVersion) -> Credentials:
        with self._moto.lock:
            roles = self._moto.backend("iam").roles.values()
            if not any(role.arn == version.role for role in roles):
                raise RoleNotAssumable()
        return self._identity.role_credentials(version.role, version.name)

    def _configuration(self, version: FunctionVersion, log_stream: str, init_in_invoke: bool) -> FunctionConfiguration:
        folder = self._code.folder(version.code)
        layers = tuple(self._code.folder(archive) for _, archive in version.layers)
        asking = [folder, *layers, *(layer / "python" for layer in layers)]
        return FunctionConfiguration(
            name=version.name,
            arn=version.arn,
            version=version.version,
            handler=version.handler,
            runtime=version.runtime,
            memory_mb=version.memory_mb,
            timeout_s=version.timeout_s,
            variables=version.variables,
            code=folder,
            layers=layers,
            log_group=version.log_group,
            log_stream=log_stream,
            ephemeral_mb=version.ephemeral_mb,
            packages=tuple(dict.fromkeys(name for place in asking for name in self._code.packages(place))),
            log_format=version.log_format,
            log_level=version.log_level,
            init_in_invoke=init_in_invoke,
            region=self._region,
            account_id=self._moto.account_id,
        )
