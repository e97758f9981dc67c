"""A day of the calendar says what it is for: Spring Festival, a Saturday that is worked."""

import sqlalchemy as sa
from alembic import op

revision = '20261124_calendar_name'
down_revision = '20261124_first'


def upgrade() -> None:
    with op.batch_alter_table('calendar_day', schema=None) as batch_op:
        batch_op.add_column(sa.Column('name', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('calendar_day', schema=None) as batch_op:
        batch_op.drop_column('name')
