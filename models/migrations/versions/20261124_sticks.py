"""USB sticks: sealing keys of devices, parcels carried for others, what was laid over rows before the county's word."""

import sqlalchemy as sa
from alembic import op

revision = '20261124_sticks'
down_revision = '20261124_calendar_name'


def upgrade() -> None:
    op.create_table('sealing',
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('device', name=op.f('pk_sealing'))
    )
    op.create_table('parcel',
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('office', sa.Text(), nullable=False),
    sa.Column('first_seq', sa.BigInteger(), nullable=False),
    sa.Column('last_seq', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('taken_at', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_parcel'))
    )
    with op.batch_alter_table('parcel', schema=None) as batch_op:
        batch_op.create_index('ix_parcel_device', ['device'], unique=False)
    op.create_table('laid',
    sa.Column('entity_id', sa.Text(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('own', sa.BigInteger(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_laid'))
    )


def downgrade() -> None:
    op.drop_table('laid')
    with op.batch_alter_table('parcel', schema=None) as batch_op:
        batch_op.drop_index('ix_parcel_device')
    op.drop_table('parcel')
    op.drop_table('sealing')
