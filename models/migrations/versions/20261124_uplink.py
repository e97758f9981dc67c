"""A county's server as a device of the city's: what kind of device it is, and whose record its events are about."""

import sqlalchemy as sa
from alembic import op

revision = '20261124_uplink'
down_revision = '20261124_sticks'


def upgrade() -> None:
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('office', sa.Text(), nullable=True))
    for table in ('device', 'ticket'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('kind', sa.Text(), server_default='desk', nullable=False))


def downgrade() -> None:
    for table in ('ticket', 'device'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('kind')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_column('office')
