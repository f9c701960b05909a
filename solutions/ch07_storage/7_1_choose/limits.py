"""Given: what the two stores can do today. Nothing to change here."""

TABLE_ITEM_KB = 400  # the largest item of a DynamoDB table
TRANSACTION_ITEMS = 100  # the most items that change together in one DynamoDB transaction
S3_FIRST_BYTE_MS = 100  # about what S3 takes until the first byte comes; a table takes less than ten milliseconds
