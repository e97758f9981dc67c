"""What was printed is kept with its record, so that it can be printed again as it was."""

import sqlalchemy as sa
from alembic import op

revision = '20261124_printed'
down_revision = '20261124_uplink'


def upgrade() -> None:
    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sheet', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.drop_column('sheet')
