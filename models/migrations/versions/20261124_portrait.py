"""A person says which of the attached pictures is the portrait that papers print."""

import sqlalchemy as sa
from alembic import op

revision = '20261124_portrait'
down_revision = '20261124_printed'


def upgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('portrait_id', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('portrait_id')
