"""The DynamoDB adapter of the table's port. No other module calls DynamoDB."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from services.shared.kernel.pages import Page
from services.shared.table import items as t
from services.shared.table import port
from services.shared.table.expressions import Expression
from services.shared.table.items import Item, Key
from services.shared.table.validation import check_key, check_keys, check_query, check_reserve, check_writes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 8
THROTTLES = {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"}


def client(**credentials: Any) -> DynamoDBClient:
    """Return a DynamoDB client; one per process.

    If DynamoDB does not respond, a call ends within the 10 seconds of a function: 3 attempts of 2 seconds, with pauses of at
    most 1 and 2 seconds between them.

    `DynamoTable` checks keys and values itself, and DynamoDB checks the rest, so the SDK does not check them again. A fixed
    user agent is not computed twice per request. Both are a third of the SDK's CPU per request (`make bench`, docs/speed.md).
    """
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    timing = Config(connect_timeout=1, read_timeout=2, retries=retries, max_pool_connections=64)
    lean = Config(parameter_validation=False, user_agent="coterie")
    dynamodb: DynamoDBClient = boto3.client("dynamodb", config=timing.merge(lean), **credentials)
    return dynamodb


def to_wire(value: Any) -> dict[str, Any]:
    """Return one value in the typed JSON of DynamoDB."""
    match value:
        case str():
            return {"S": value}
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [to_wire(part) for part in value]}
        case dict():
            return {"M": {name: to_wire(part) for name, part in value.items()}}
    raise TypeError(f"a value of an item cannot be {type(value).__name__}")


def wire_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"S": value} if type(value) is str else to_wire(value) for name, value in item.items()}


def from_wire(item: Mapping[str, Any]) -> Item:
    """Return an item from the typed JSON of a table or a stream."""
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    """Return one value from the typed JSON. Written out, because boto3's deserializer takes three times as long."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return _integer(content)
        case "NULL":
            return None
        case "L":
            return [_plain(part) for part in content]
        case "M":
            return {name: _plain(part) for name, part in content.items()}
    raise TypeError(f"a value of an item cannot have the type {kind}")


def _integer(text: str) -> int:
    number = Decimal(text)
    if number != int(number):
        raise TypeError("a number of this table is not an integer")
    return int(number)


class DynamoTable:
    """One DynamoDB table as a `Table`.

    boto3 retries throttled requests and lost connections but never a TransactionConflict, so only that is retried here.
    """

    def __init__(self, name: str, dynamodb: DynamoDBClient, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._name = name
        self._dynamodb = dynamodb
        self._sleep = sleep

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None:
        check_key(key)
        response = self._call(
            self._dynamodb.get_item, TableName=self._name, Key=wire_item(key.attributes()), ConsistentRead=consistent_read
        )
        return from_wire(response["Item"]) if "Item" in response else None

    def get_many(self, keys: Sequence[Key], *, consistent_read: bool = False) -> dict[Key, Item]:
        check_keys(keys)
        items: dict[Key, Item] = {}
        left: Any = [wire_item(key.attributes()) for key in keys]
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._pause(attempt - 1)
            response = self._call(
                self._dynamodb.batch_get_item, RequestItems={self._name: {"Keys": left, "ConsistentRead": consistent_read}}
            )
            items |= {Key.of(item): item for item in map(from_wire, response["Responses"].get(self._name, []))}
            # DynamoDB leaves out keys where a partition is throttled, or the items have more than 16 MB together.
            left = response.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if not left:
                return items
        raise port.Throttled

    def put(self, item: Item, *, when: t.Condition | None) -> None:
        check_writes([t.Put(item, when)])
        expression = Expression(to_wire).condition(when)
        self._call(self._dynamodb.put_item, TableName=self._name, Item=wire_item(item), **expression.single())

    def update(
        self,
        key: Key,
        *,
        when: t.Condition | None,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
    ) -> Item:
        check_writes([t.Update(key, when, set or {}, add or {}, remove)])
        expression = Expression(to_wire).change(set or {}, add or {}, remove).condition(when)
        return self._update(key, expression)

    def delete(self, key: Key, *, when: t.Condition | None) -> None:
        check_writes([t.Delete(key, when)])
        expression = Expression(to_wire).condition(when)
        self._call(self._dynamodb.delete_item, TableName=self._name, Key=wire_item(key.attributes()), **expression.single())

    def query(self, query: t.Query) -> Page[Item]:
        check_query(query)
        expression = Expression(to_wire).range(query)
        request: dict[str, Any] = {"IndexName": query.index} if query.index else {"ConsistentRead": query.consistent_read}
        if query.start is not None:
            request["ExclusiveStartKey"] = wire_item(query.start)
        response = self._call(
            self._dynamodb.query,
            TableName=self._name,
            Limit=query.limit,
            ScanIndexForward=not query.newest_first,
            **expression.keys(),
            **request,
        )
        last = response.get("LastEvaluatedKey")
        return Page([from_wire(item) for item in response["Items"]], from_wire(last) if last else None)

    def transact(self, writes: Sequence[port.Write], *, token: str) -> None:
        check_writes(writes, token)
        request = [self._transact_item(write) for write in writes]
        self._call(self._dynamodb.transact_write_items, TransactItems=request, ClientRequestToken=token)

    def reserve(
        self, key: Key, *, token: str, first: int, size: int, create_block: bool, at: int, earlier_at: int
    ) -> port.Reserved:
        check_reserve(key, token, first, size, at, earlier_at)
        expression = Expression(to_wire).reserve(port.TOKEN_PREFIX + token, first, size, create_block, at, earlier_at)
        try:
            block = self._update(key, expression)
        except port.ConditionFailed as failed:
            if failed.old is None:
                raise port.SequenceBlockMissing from None
            if reserved := port.find_reserved(failed.old, token):
                return reserved
            raise port.SequenceBlockFull(failed.old["reserved_at"]) from None
        return port.Reserved(block[port.TOKEN_PREFIX + token], fresh=True, earlier_at=block["earlier_at"])

    def _update(self, key: Key, expression: Expression) -> Item:
        response = self._call(
            self._dynamodb.update_item,
            TableName=self._name,
            Key=wire_item(key.attributes()),
            ReturnValues="ALL_NEW",
            **expression.single(),
        )
        return from_wire(response["Attributes"])

    def _transact_item(self, write: port.Write) -> dict[str, Any]:
        expression = Expression(to_wire)
        body: dict[str, Any] = {"TableName": self._name}
        match write:
            case t.Put(item, when):
                return {"Put": {**body, "Item": wire_item(item), **expression.condition(when).single()}}
            case t.Update(key, when, set, add, remove):
                changed = expression.change(set, add, remove).condition(when)
                return {"Update": {**body, "Key": wire_item(key.attributes()), **changed.single()}}
            case t.Delete(key, when):
                return {"Delete": {**body, "Key": wire_item(key.attributes()), **expression.condition(when).single()}}
            case t.Check(key, when):
                return {"ConditionCheck": {**body, "Key": wire_item(key.attributes()), **expression.condition(when).single()}}

    def _call(self, operation: Callable[..., Any], **request: Any) -> Any:
        """Send a request; repeat it, with its token, while other transactions write its items.

        A request that failed with a conflict was not applied.
        """
        for attempt in range(MAX_ATTEMPTS - 1):
            try:
                return _once(operation, request)
            except port.TransactionConflict:
                self._pause(attempt)
        return _once(operation, request)

    def _pause(self, attempt: int) -> None:
        self._sleep(random.uniform(0, min(1.0, 0.025 * 2**attempt)))


def _once(operation: Callable[..., Any], request: dict[str, Any]) -> Any:
    try:
        return operation(**request)
    except ClientError as error:
        raise _typed(error) from error


def _typed(error: ClientError) -> Exception:
    """Return the error of the port for an error of boto3; the same error if it is a defect of ours."""
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        old: Any = error.response.get("Item")
        return port.ConditionFailed(from_wire(old) if old else None)
    if code in {"TransactionConflictException", "TransactionInProgressException"}:
        return port.TransactionConflict()
    if code in THROTTLES:
        return port.Throttled()
    if code == "IdempotentParameterMismatchException":
        return ValueError("a transaction token was used before with other writes")
    if code == "TransactionCanceledException":
        return _cancelled(error)
    return error


def _cancelled(error: ClientError) -> Exception:
    reasons: Any = error.response.get("CancellationReasons", [])
    for index, reason in enumerate(reasons):
        if reason.get("Code") == "ConditionalCheckFailed":
            old = reason.get("Item")
            return port.ConditionFailed(from_wire(old) if old else None, index)
    codes = {reason.get("Code") for reason in reasons}
    if "TransactionConflict" in codes:
        return port.TransactionConflict()
    return port.Throttled() if codes & {"ThrottlingError", "ProvisionedThroughputExceeded"} else error
