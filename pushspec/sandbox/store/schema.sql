create table if not exists accounts(
  id integer primary key,
  name text not null unique,
  kind integer not null default 0,         -- 0 UserID, 1 RegistrationID
  nick text not null default '',
  face_url text not null default '',
  unread integer not null default 0,
  created_at real not null,
  deleted_at real
);

create table if not exists devices(
  id integer primary key,
  account integer,                         -- who is logged in; null before the first login
  registration integer,                    -- the account that stands for its RegistrationID
  vendor text not null,
  model text not null,
  system_version text not null,
  sdk text not null,
  language text not null,
  status text not null,                    -- online, push_online, offline
  foreground integer not null default 0,
  token text,                              -- null: never uploaded
  has_certificate integer not null default 1,
  uninstalled integer not null default 0,
  badge integer not null default 0,
  last_active_at real not null
);
create index if not exists devices_by_account on devices(account);
create index if not exists devices_by_registration on devices(registration) where registration is not null;

create table if not exists tags(id integer primary key, name text not null unique, kind integer not null);
create table if not exists account_tags(tag integer not null, account integer not null, primary key(tag, account))
  without rowid;
create index if not exists tags_by_account on account_tags(account, tag);

create table if not exists attribute_names(slot integer primary key, name text not null unique, kind integer not null);
create table if not exists account_attributes(
  slot integer not null, value text not null, account integer not null, primary key(slot, value, account)
) without rowid;
create index if not exists attributes_by_account on account_attributes(account, slot);

create table if not exists tasks(
  id integer primary key,
  task_id text not null unique,            -- TaskId, or MsgKey for batchsendmsg
  endpoint text not null,
  msg_random integer not null,
  sender text not null,
  data_id text not null,
  body text not null,                      -- without To_Account
  answer text not null,
  started_at real not null,
  stored integer not null,
  online_only integer not null,
  counts_unread integer not null,
  expires_at real,
  per_second integer not null,             -- users a second of the fan-out; 0: all at once
  total integer not null,
  done integer not null default 0,
  revoked_at real,
  overlay text                             -- OfflinePushInfo of a revocation
);
create index if not exists tasks_by_random on tasks(endpoint, msg_random, started_at);
create index if not exists tasks_by_start on tasks(endpoint, started_at);
create index if not exists tasks_under_way on tasks(id) where done < total;

create table if not exists recipients(task integer primary key, accounts blob not null);

create table if not exists renderings(id integer primary key, shown text not null unique);

create table if not exists deliveries(
  id integer primary key,
  task integer not null,
  account integer not null,
  device integer not null,
  at real not null,
  event integer not null,                  -- 1 offline push, 2 online push
  stage integer not null,                  -- 0 lost before sending, 1 sent, 2 reached, 3 clicked
  code integer not null default 0,
  rendering integer,
  badge integer,
  clicked_at real
);
create index if not exists deliveries_by_device on deliveries(device, id);

create table if not exists counts(
  task integer not null, event integer not null, platform integer not null, stage integer not null,
  code integer not null, number integer not null,
  primary key(task, event, platform, stage, code)
) without rowid;

create table if not exists messages(
  id integer primary key,
  account integer not null,
  task integer not null,
  at real not null,
  received_at real,
  withdrawn_at real
);
create index if not exists messages_by_account on messages(account, id);

create table if not exists scheduled(
  id integer primary key autoincrement,     -- a number is never given again
  type text not null,
  created_at real not null,
  due_at real not null,
  content text not null,
  status text not null,                    -- pending, dispatching, dispatched
  push_task_id text not null default '',
  success integer not null default 0,
  error text not null default ''
);
create index if not exists scheduled_pending on scheduled(due_at) where status = 'pending';

create table if not exists calls(
  id integer primary key,
  at real not null,
  path text not null,
  identifier text not null,
  request text not null,
  answer text not null,
  code integer,
  ms real not null,
  remark text not null
);
