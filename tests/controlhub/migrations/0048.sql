-- A database of commit 85f86ab, the last one with migrations 0001 to 0048, written by
-- `pg_dump --inserts --rows-per-insert=1000 --no-owner --no-privileges --no-comments` without comments and psql commands.
-- Its rows were made by tests/scenes.py and some SCIM requests, with the keys of tests/settings.py. It never changes.

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.audit_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION public.controlhub_access_of_account() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM controlhub_count_access((SELECT user_id FROM controlhub_account WHERE id = NEW.account_id));
    RETURN NULL;
END $$;

CREATE FUNCTION public.controlhub_access_of_user() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM controlhub_count_access(NEW.user_id);
    RETURN NULL;
END $$;

CREATE FUNCTION public.controlhub_count_access(of_user uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE controlhub_user SET access_version = access_version + 1 WHERE id = of_user AND active;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an Inactive user gets no access' USING ERRCODE = 'check_violation';
    END IF;
END $$;

CREATE FUNCTION public.controlhub_count_groups() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE delta record;
BEGIN
    FOR delta IN
        SELECT organization_id AS organization, 'controlhub_group' AS kind, ordinal >> 14 AS bucket,
            count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS rows
        FROM changed  GROUP BY 1, 2, 3
    LOOP
        PERFORM controlhub_count_rows(delta.organization, delta.kind, delta.bucket, delta.rows);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION public.controlhub_count_hidden() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM controlhub_count_rows(NEW.organization_id, 'controlhub_user', NEW.ordinal >> 14,
        CASE WHEN NEW.hidden THEN -1 ELSE 1 END);
    RETURN NULL;
END $$;

CREATE FUNCTION public.controlhub_count_resources() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE delta record;
BEGIN
    FOR delta IN
        SELECT organization_id AS organization, resource_type_id::text AS kind, ordinal >> 14 AS bucket,
            count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS rows
        FROM changed  GROUP BY 1, 2, 3
    LOOP
        PERFORM controlhub_count_rows(delta.organization, delta.kind, delta.bucket, delta.rows);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION public.controlhub_count_rows(organization uuid, of_kind text, of_bucket bigint, delta bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE controlhub_rowcount
    SET rows = rows + delta, removed = removed + greatest(0, -delta)
    WHERE id = (SELECT id FROM controlhub_rowcount
        WHERE organization_id = organization AND kind = of_kind AND bucket = of_bucket LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO controlhub_rowcount (organization_id, kind, bucket, rows, removed)
        VALUES (organization, of_kind, of_bucket, delta, greatest(0, -delta));
    END IF;
END $$;

CREATE FUNCTION public.controlhub_count_users() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE delta record;
BEGIN
    FOR delta IN
        SELECT organization_id AS organization, 'controlhub_user' AS kind, ordinal >> 14 AS bucket,
            count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS rows
        FROM changed WHERE NOT hidden GROUP BY 1, 2, 3
    LOOP
        PERFORM controlhub_count_rows(delta.organization, delta.kind, delta.bucket, delta.rows);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION public.controlhub_fold(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(($1 COLLATE pg_c_utf8));

CREATE FUNCTION public.controlhub_moment(timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_char(($1 AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text);

CREATE FUNCTION public.controlhub_parts(organization_id uuid, display_name text, user_name text, family_name text, given_name text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    mark text := right(organization_id::text, 6);
    shown text := chr(1) || lower(display_name COLLATE pg_c_utf8);
    part text;
    lexemes text[] := '{}';
BEGIN
    IF greatest(length(shown), length(user_name), length(family_name), length(given_name)) > 256 THEN
        lexemes := ARRAY[mark];
    END IF;
    IF length(shown) BETWEEN 2 AND 256 THEN
        FOR start IN 1 .. length(shown) LOOP
            lexemes := array_append(lexemes, mark || substr(shown, start, 8));
        END LOOP;
    END IF;
    part := lower(user_name COLLATE pg_c_utf8);
    IF length(part) BETWEEN 1 AND 256 THEN
        FOR step IN 0 .. (length(part) - 1) / 2 LOOP
            lexemes := array_append(lexemes, mark || substr(part, 2 * step + 1, 8));
        END LOOP;
    END IF;
    FOREACH part IN ARRAY ARRAY[lower(family_name COLLATE pg_c_utf8), lower(given_name COLLATE pg_c_utf8)] LOOP
        IF length(part) <= 256 AND strpos(shown, part) = 0 THEN
            FOR start IN 1 .. length(part) LOOP
                lexemes := array_append(lexemes, mark || substr(part, start, 8));
            END LOOP;
        END IF;
    END LOOP;
    RETURN array_to_tsvector(lexemes);
END $$;

CREATE FUNCTION public.controlhub_suffixes(organization_id uuid, value text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    mark text := right(organization_id::text, 6);
    folded text := chr(1) || lower(value COLLATE pg_c_utf8);
    lexemes text[] := '{}';
BEGIN
    IF value = '' THEN
        RETURN NULL;
    ELSIF length(folded) > 256 THEN
        RETURN array_to_tsvector(ARRAY[mark]);
    END IF;
    FOR start IN 1 .. length(folded) LOOP
        lexemes := array_append(lexemes, mark || substr(folded, start, 8));
    END LOOP;
    RETURN array_to_tsvector(lexemes);
END $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id bigint NOT NULL
);

ALTER TABLE public.account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);

ALTER TABLE public.account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.audit_auditevent (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    service character varying(32) NOT NULL,
    category character varying(32) NOT NULL,
    action character varying(48) NOT NULL,
    activity character varying(64) NOT NULL,
    result character varying(16) NOT NULL,
    reason text NOT NULL,
    actor_kind character varying(16) NOT NULL,
    actor_id text NOT NULL,
    actor_label text NOT NULL,
    actor_address inet,
    user_agent text NOT NULL,
    request_id character varying(64) NOT NULL,
    target_type character varying(32) NOT NULL,
    target_id text NOT NULL,
    target_label text NOT NULL,
    changes jsonb NOT NULL,
    details jsonb NOT NULL,
    version smallint DEFAULT 1 NOT NULL
);

CREATE TABLE public.audit_auditseal (
    event_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL,
    digest bytea NOT NULL,
    sealed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.controlhub_accesstoken (
    id uuid NOT NULL,
    name character varying(200) NOT NULL,
    digest bytea NOT NULL,
    prefix character varying(16) NOT NULL,
    scopes character varying(32)[] NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    last_used_address inet,
    organization_id uuid NOT NULL,
    user_id uuid,
    last_used_agent text NOT NULL,
    warned_days smallint,
    kind character varying(8) NOT NULL,
    connection_id uuid,
    CONSTRAINT controlhub_accesstoken_warned_days_check CHECK ((warned_days >= 0)),
    CONSTRAINT token_of_one CHECK ((((connection_id IS NULL) AND (user_id IS NOT NULL)) OR ((connection_id IS NOT NULL) AND (user_id IS NULL))))
);

CREATE TABLE public.controlhub_account (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    sign_in_address text NOT NULL,
    sign_in_key text NOT NULL COLLATE pg_catalog."C",
    role character varying(32) NOT NULL,
    theme character varying(8) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    user_id uuid NOT NULL,
    by_group boolean NOT NULL
);

ALTER TABLE public.controlhub_account ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.controlhub_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE UNLOGGED TABLE public.controlhub_cache (
    cache_key character varying(255) NOT NULL,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);

CREATE TABLE public.controlhub_connection (
    id uuid NOT NULL,
    name character varying(200) NOT NULL,
    scopes character varying(32)[] NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_by text NOT NULL,
    client_digest bytea,
    client_prefix character varying(16) NOT NULL,
    client_since timestamp with time zone,
    organization_id uuid NOT NULL
);

CREATE TABLE public.controlhub_customresourcetype (
    id uuid NOT NULL,
    name text NOT NULL,
    endpoint text NOT NULL,
    description text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL,
    schema_id uuid NOT NULL
);

CREATE TABLE public.controlhub_customschema (
    id uuid NOT NULL,
    urn text NOT NULL,
    urn_key text NOT NULL COLLATE pg_catalog."C",
    document jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL
);

CREATE SEQUENCE public.controlhub_ordinal
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.controlhub_group (
    id uuid NOT NULL,
    document json NOT NULL,
    display_name text NOT NULL,
    display_name_key text NOT NULL COLLATE pg_catalog."C",
    external_id text,
    version integer NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    modified_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL,
    member_count integer NOT NULL,
    ordinal bigint DEFAULT nextval('public.controlhub_ordinal'::regclass) NOT NULL,
    moments text GENERATED ALWAYS AS ((((('"created":"'::text || public.controlhub_moment(created_at)) || '","lastModified":"'::text) || public.controlhub_moment(modified_at)) || '"'::text)) STORED,
    document_size integer GENERATED ALWAYS AS (octet_length((document)::text)) STORED,
    CONSTRAINT controlhub_group_member_count_check CHECK ((member_count >= 0)),
    CONSTRAINT controlhub_group_version_check CHECK ((version >= 0))
)
WITH (fillfactor='85');

CREATE TABLE public.controlhub_identityprovider (
    id uuid NOT NULL,
    name character varying(40) NOT NULL,
    issuer text NOT NULL,
    client_id character varying(191) NOT NULL,
    sealed_secret text NOT NULL,
    match_claim character varying(64) NOT NULL,
    is_listed boolean NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL
);

CREATE TABLE public.controlhub_invitation (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE public.controlhub_job (
    name character varying(64) NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    seconds double precision NOT NULL,
    count bigint NOT NULL,
    runs bigint NOT NULL,
    error text NOT NULL,
    failed_at timestamp with time zone,
    expected_since timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    succeeded_at timestamp with time zone,
    overdue_reported_at timestamp with time zone
);

CREATE TABLE public.controlhub_membership (
    id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    child_id uuid,
    group_id uuid NOT NULL,
    user_id uuid,
    CONSTRAINT membership_one_member CHECK ((((child_id IS NULL) AND (user_id IS NOT NULL)) OR ((child_id IS NOT NULL) AND (user_id IS NULL))))
);

ALTER TABLE public.controlhub_membership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.controlhub_membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.controlhub_organization (
    id uuid NOT NULL,
    name character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    retention_days smallint NOT NULL,
    purge_deactivated boolean NOT NULL,
    revive_on_create boolean NOT NULL,
    catalogue_version integer NOT NULL,
    nests_groups boolean NOT NULL,
    refused_tolerances text[] NOT NULL,
    unique_group_names boolean NOT NULL,
    hold_reason text NOT NULL,
    purge_floor integer NOT NULL,
    purge_share smallint NOT NULL,
    scim_delete character varying(8) NOT NULL,
    secret_attributes text[] NOT NULL,
    CONSTRAINT controlhub_organization_catalogue_version_check CHECK ((catalogue_version >= 0)),
    CONSTRAINT controlhub_organization_purge_floor_check CHECK ((purge_floor >= 0)),
    CONSTRAINT controlhub_organization_purge_share_check CHECK ((purge_share >= 0)),
    CONSTRAINT controlhub_organization_retention_days_check CHECK ((retention_days >= 0)),
    CONSTRAINT organization_name CHECK ((NOT ((name)::text = ''::text))),
    CONSTRAINT organization_purge_share CHECK (((purge_share >= 1) AND (purge_share <= 100))),
    CONSTRAINT organization_retention_days CHECK (((retention_days >= 1) AND (retention_days <= 365)))
);

CREATE TABLE public.controlhub_outgoingmail (
    id uuid NOT NULL,
    address text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    try_at timestamp with time zone DEFAULT statement_timestamp(),
    tries smallint NOT NULL,
    sent_at timestamp with time zone,
    error text NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT controlhub_outgoingmail_tries_check CHECK ((tries >= 0))
);

CREATE UNLOGGED TABLE public.controlhub_pageposition (
    token_id uuid NOT NULL,
    query bytea NOT NULL,
    start_index bigint NOT NULL,
    first bigint NOT NULL,
    next_index bigint NOT NULL,
    last bigint NOT NULL,
    total bigint NOT NULL,
    removed bigint NOT NULL,
    noted_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    digest bytea DEFAULT '\x'::bytea NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.controlhub_purgeduser (
    id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    inactive_since timestamp with time zone,
    purged_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    cause character varying(16) NOT NULL,
    tokens_revoked integer NOT NULL,
    sessions_ended integer NOT NULL,
    groups_left integer NOT NULL,
    organization_id uuid NOT NULL,
    removed_before bigint NOT NULL
);

CREATE TABLE public.controlhub_purgerun (
    id uuid NOT NULL,
    state character varying(8) NOT NULL,
    due integer NOT NULL,
    purged integer NOT NULL,
    started_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    staged_at timestamp with time zone,
    decided_at timestamp with time zone,
    decided_by text NOT NULL,
    organization_id uuid NOT NULL
);

CREATE TABLE public.controlhub_resource (
    id uuid NOT NULL,
    document json NOT NULL,
    external_id text,
    ordinal bigint DEFAULT nextval('public.controlhub_ordinal'::regclass) NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    modified_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL,
    resource_type_id uuid NOT NULL,
    moments text GENERATED ALWAYS AS ((((('"created":"'::text || public.controlhub_moment(created_at)) || '","lastModified":"'::text) || public.controlhub_moment(modified_at)) || '"'::text)) STORED,
    document_size integer GENERATED ALWAYS AS (octet_length((document)::text)) STORED,
    CONSTRAINT controlhub_resource_version_check CHECK ((version >= 0))
)
WITH (fillfactor='85');

CREATE TABLE public.controlhub_rolemapping (
    group_id uuid NOT NULL,
    role character varying(32) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_by text NOT NULL
);

CREATE TABLE public.controlhub_rowcount (
    id bigint NOT NULL,
    organization_id uuid NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    rows bigint NOT NULL,
    removed bigint NOT NULL,
    bucket bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

ALTER TABLE public.controlhub_rowcount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.controlhub_rowcount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.controlhub_schemaextension (
    id bigint NOT NULL,
    resource_type text NOT NULL,
    required boolean NOT NULL,
    organization_id uuid NOT NULL,
    schema_id uuid NOT NULL
);

ALTER TABLE public.controlhub_schemaextension ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.controlhub_schemaextension_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.controlhub_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    account_id bigint,
    address inet,
    user_agent text NOT NULL
);

CREATE TABLE public.controlhub_typedaddress (
    id uuid NOT NULL,
    use character varying(16) NOT NULL,
    key text NOT NULL,
    source inet,
    user_agent text NOT NULL,
    request_id character varying(64) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

CREATE TABLE public.controlhub_uniquevalue (
    id bigint NOT NULL,
    resource_type text NOT NULL,
    attribute text NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    resource_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    set_aside boolean DEFAULT false NOT NULL
);

ALTER TABLE public.controlhub_uniquevalue ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.controlhub_uniquevalue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.controlhub_user (
    id uuid NOT NULL,
    document json NOT NULL,
    user_name text NOT NULL,
    user_name_key text NOT NULL COLLATE pg_catalog."C",
    external_id text,
    emails text[] NOT NULL,
    display_name text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    active boolean NOT NULL,
    source character varying(16) NOT NULL,
    source_label text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    modified_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    deactivated_at timestamp with time zone,
    original_user_name text,
    organization_id uuid NOT NULL,
    ordinal bigint DEFAULT nextval('public.controlhub_ordinal'::regclass) NOT NULL,
    portal_role character varying(32) NOT NULL,
    moments text GENERATED ALWAYS AS ((((('"created":"'::text || public.controlhub_moment(created_at)) || '","lastModified":"'::text) || public.controlhub_moment(modified_at)) || '"'::text)) STORED,
    deactivated_by text DEFAULT ''::text NOT NULL,
    deactivated_by_kind character varying(16) DEFAULT ''::character varying NOT NULL,
    extended_until timestamp with time zone,
    hidden boolean DEFAULT false NOT NULL,
    hold_reason text DEFAULT ''::text NOT NULL,
    kept_groups uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    reviewed boolean DEFAULT true NOT NULL,
    verified boolean DEFAULT true NOT NULL,
    access_version integer DEFAULT 0 NOT NULL,
    connection_id uuid,
    reassigned_at timestamp with time zone,
    document_size integer GENERATED ALWAYS AS (octet_length((document)::text)) STORED,
    CONSTRAINT controlhub_user_access_version_check CHECK ((access_version >= 0)),
    CONSTRAINT controlhub_user_version_check CHECK ((version >= 0)),
    CONSTRAINT user_inactive_since CHECK (((active AND (deactivated_at IS NULL)) OR ((NOT active) AND (deactivated_at IS NOT NULL))))
)
WITH (fillfactor='85');

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mfa_authenticator (
    id bigint NOT NULL,
    type character varying(20) NOT NULL,
    data jsonb NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);

ALTER TABLE public.mfa_authenticator ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mfa_authenticator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.socialaccount_socialaccount (
    id integer NOT NULL,
    provider character varying(200) NOT NULL,
    uid character varying(191) NOT NULL,
    last_login timestamp with time zone NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    extra_data jsonb NOT NULL,
    user_id bigint NOT NULL
);

ALTER TABLE public.socialaccount_socialaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.socialaccount_socialapp (
    id integer NOT NULL,
    provider character varying(30) NOT NULL,
    name character varying(40) NOT NULL,
    client_id character varying(191) NOT NULL,
    secret character varying(191) NOT NULL,
    key character varying(191) NOT NULL,
    provider_id character varying(200) NOT NULL,
    settings jsonb NOT NULL
);

ALTER TABLE public.socialaccount_socialapp ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialapp_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.socialaccount_socialtoken (
    id integer NOT NULL,
    token text NOT NULL,
    token_secret text NOT NULL,
    expires_at timestamp with time zone,
    account_id integer NOT NULL,
    app_id integer
);

ALTER TABLE public.socialaccount_socialtoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialtoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

INSERT INTO public.audit_auditevent VALUES
	('01a21722-2bff-75ff-a872-962eaeeb6cf1', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.183696+00', 'Core Directory', 'DirectoryManagement', 'organization.created', 'Add organization', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Organization', '01a21722-2bf8-7621-be5c-2e9ad67389be', 'Bank of Zion', '[{"op": "added", "new": "Bank of Zion", "old": null, "attribute": "name"}]', '{}', 2),
	('01a21722-2c0f-7235-a70c-37e673974374', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.202642+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c0f-7235-a70c-37e51c5fcb46', 'neo@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "neo@example.com", "old": null, "attribute": "userName"}, {"op": "added", "new": "Administrator", "old": null, "attribute": "displayName"}, {"op": "added", "new": {"value": "neo@example.com", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2c41-7606-ab0f-8205cefc303b', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.249684+00', 'Core Directory', 'RoleManagement', 'role.assigned', 'Add member to role', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c0f-7235-a70c-37e51c5fcb46', 'neo@example.com', '[{"op": "added", "new": "full_admin", "old": null, "attribute": "role"}]', '{}', 2),
	('01a21722-2c43-7122-a407-f250b900f88c', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.253245+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c43-7122-a407-f24fceb6e292', 'bjensen@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "bjensen@example.com", "old": null, "attribute": "userName"}, {"op": "added", "new": "Barbara Jensen", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Tour Guide", "old": null, "attribute": "title"}]', '{}', 2),
	('01a21722-2c46-74be-b1c2-c9b75d776adc', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.257002+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c46-74be-b1c2-c9b67dcd860d', 'a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.example.com", "old": null, "attribute": "userName"}, {"op": "added", "new": "WolfeschlegelsteinhausenbergerdorffWolfeschlegelsteinhausenbergerdorffWolfeschlegelsteinhausenbergerdorff", "old": null, "attribute": "displayName"}]', '{}', 2),
	('01a21722-2c4a-77b0-bad5-7e22a205f7e0', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.262383+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c4a-77b0-bad5-7e21042c4b8b', 'svc@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "svc@example.com", "old": null, "attribute": "userName"}, {"op": "added", "new": "O''Brien \"Bob\" <b>x</b>", "old": null, "attribute": "displayName"}]', '{}', 2),
	('01a21722-2c52-73e6-b084-dee27565a4fb', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.267071+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c52-73e6-b084-dee133875a5c', 'smith@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "smith@example.com", "old": null, "attribute": "userName"}]', '{}', 2),
	('01a21722-2c60-71ee-bde8-daaf43c22974', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.281423+00', 'Core Directory', 'UserManagement', 'user.deactivated', 'Disable account', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c52-73e6-b084-dee133875a5c', 'smith@example.com', '[{"op": "changed", "new": false, "old": true, "attribute": "active"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2c6b-7319-b771-4ba67a3fc0cd', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.291797+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c6b-7319-b771-4ba53bf427a6', 'brown@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "brown@example.com", "old": null, "attribute": "userName"}]', '{}', 2),
	('01a21722-2c75-71dd-8b07-7b30cfc036b6', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.306358+00', 'Core Directory', 'UserManagement', 'user.deleted', 'Delete user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c6b-7319-b771-4ba53bf427a6', 'brown@example.com', '[{"op": "changed", "new": false, "old": true, "attribute": "active"}, {"op": "changed", "new": "01a217222c6b7319b7714ba53bf427a6brown@example.com", "old": "brown@example.com", "attribute": "userName"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2c7b-707f-8bde-7a40ee62f5cd', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.308171+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c7b-707f-8bde-7a3ff77be292', 'jones@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "jones@example.com", "old": null, "attribute": "userName"}]', '{}', 2),
	('01a21722-2c85-7430-924e-bc6e136d7c09', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.322435+00', 'Core Directory', 'UserManagement', 'user.deleted', 'Delete user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c7b-707f-8bde-7a3ff77be292', 'jones@example.com', '[{"op": "changed", "new": false, "old": true, "attribute": "active"}, {"op": "changed", "new": "01a217222c7b707f8bde7a3ff77be292jones@example.com", "old": "jones@example.com", "attribute": "userName"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2c94-778e-ad3b-96ce928c3e6a', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.332365+00', 'Core Directory', 'UserManagement', 'user.held', 'Place legal hold', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c7b-707f-8bde-7a3ff77be292', 'jones@example.com', '[{"op": "changed", "new": "Case 7", "old": "", "attribute": "hold"}]', '{}', 2),
	('01a21722-2c96-76dc-9a43-8b2705b5d126', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.33806+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2c96-76dc-9a43-8b26cf991106', 'mouse@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "mouse@example.com", "old": null, "attribute": "userName"}]', '{}', 2),
	('01a21722-2c9f-712a-9151-db403c98249c', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.346416+00', 'Account Provisioning', 'UserManagement', 'user.deactivated', 'Disable account', 'success', '', 'client', '', 'Entra ID', NULL, '', '', 'User', '01a21722-2c96-76dc-9a43-8b26cf991106', 'mouse@example.com', '[{"op": "changed", "new": false, "old": true, "attribute": "active"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2ca6-7439-bc02-449f74654518', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.350702+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2ca6-7439-bc02-449eef8d0388', 'ghost@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "ghost@example.com", "old": null, "attribute": "userName"}]', '{}', 2),
	('01a21722-2caf-75f8-acab-2b7e91110fcc', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.359662+00', 'Core Directory', 'UserManagement', 'user.deleted', 'Delete user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2ca6-7439-bc02-449eef8d0388', 'ghost@example.com', '[{"op": "changed", "new": false, "old": true, "attribute": "active"}, {"op": "changed", "new": "01a217222ca67439bc02449eef8d0388ghost@example.com", "old": "ghost@example.com", "attribute": "userName"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2cba-7067-b6e4-de3338dcf456', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.373706+00', 'Core Directory', 'UserManagement', 'user.purged', 'Hard Delete user', 'success', 'Deleted permanently by an administrator.', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2ca6-7439-bc02-449eef8d0388', 'ghost@example.com', '[{"op": "removed", "new": null, "old": false, "attribute": "active"}, {"op": "removed", "new": null, "old": "urn:ietf:params:scim:schemas:core:2.0:User", "attribute": "schemas"}, {"op": "removed", "new": null, "old": "01a217222ca67439bc02449eef8d0388ghost@example.com", "attribute": "userName"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2ccc-7669-84d9-f98199903d3c', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.389563+00', 'Core Directory', 'UserManagement', 'user.created', 'Add user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2ccc-7669-84d9-f98069382e01', 'switch@example.com', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "switch@example.com", "old": null, "attribute": "userName"}, {"op": "added", "new": {"type": "work", "value": "switch@example.com", "primary": true}, "old": null, "attribute": "emails"}, {"op": "added", "new": "Switch", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Switch", "old": null, "attribute": "name.givenName"}]', '{}', 2),
	('01a21722-2cda-7102-b2d6-51952bf36062', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.402362+00', 'Core Directory', 'RoleManagement', 'role.assigned', 'Add member to role', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2ccc-7669-84d9-f98069382e01', 'switch@example.com', '[{"op": "added", "new": "help_desk", "old": null, "attribute": "role"}]', '{}', 2),
	('01a21722-2d37-7299-b601-cf207c62e2fb', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.498395+00', 'Core Directory', 'UserManagement', 'user.invited', 'Invite user', 'success', '', 'command', '', 'Command line', NULL, '', '', 'User', '01a21722-2ccc-7669-84d9-f98069382e01', 'switch@example.com', '[]', '{"address": "switch@example.com"}', 2),
	('01a21722-2d49-7036-9f84-e7f69cef1f54', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.513723+00', 'Account Provisioning', 'ProvisioningManagement', 'token.issued', 'Issue token', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Token', '01a21722-2d47-77c4-8b65-eab7500c519c', 'Entra ID (chub_9VYZ…)', '[{"op": "added", "new": "Entra ID", "old": null, "attribute": "name"}, {"op": "added", "new": "scim:read", "old": null, "attribute": "scopes"}, {"op": "added", "new": "scim:write", "old": null, "attribute": "scopes"}, {"op": "added", "new": "2027-11-26T09:14:05.512198+00:00", "old": null, "attribute": "expires"}]', '{}', 2),
	('01a21722-2d5c-7351-b245-615f35b2684d', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.533073+00', 'Account Provisioning', 'ProvisioningManagement', 'token.issued', 'Issue token', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Token', '01a21722-2d58-749b-9240-d584794641f3', 'Script (chub_9J-B…)', '[{"op": "added", "new": "Script", "old": null, "attribute": "name"}, {"op": "added", "new": "scim:read", "old": null, "attribute": "scopes"}, {"op": "added", "new": "2026-12-26T09:14:05.529626+00:00", "old": null, "attribute": "expires"}]', '{}', 2),
	('01a21722-2d6e-7279-8739-0d34da975a01', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.551296+00', 'Core Directory', 'GroupManagement', 'group.created', 'Add group', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Group', '01a21722-2d6e-7279-8739-0d330a9488f4', 'Ops', '[{"op": "added", "new": "Ops", "old": null, "attribute": "displayName"}]', '{}', 2),
	('01a21722-2d82-75e1-b843-30fe9d0ae3c3', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.570184+00', 'Core Directory', 'RoleManagement', 'group.mapped', 'Add group to role', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Group', '01a21722-2d6e-7279-8739-0d330a9488f4', 'Ops', '[{"op": "added", "new": "auditor", "old": null, "attribute": "role"}]', '{}', 2),
	('01a21722-2da3-71e7-8597-4a3e5b05ec69', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.603531+00', 'Account Provisioning', 'ProvisioningManagement', 'schema.registered', 'Register schema', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Schema', '01a21722-2d96-72a8-9419-edfe251631e4', 'urn:example:schemas:Device', '[{"op": "added", "new": "urn:example:schemas:Device", "old": null, "attribute": "id"}, {"op": "added", "new": "Device", "old": null, "attribute": "name"}, {"op": "added", "new": "A device", "old": null, "attribute": "description"}, {"op": "added", "new": {"name": "serial", "type": "string", "required": true, "returned": "default", "caseExact": false, "mutability": "readWrite", "uniqueness": "none", "description": "", "multiValued": false}, "old": null, "attribute": "attributes"}]', '{}', 2),
	('01a21722-2dbe-7037-833a-b3c5040d0bae', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.630179+00', 'Account Provisioning', 'ProvisioningManagement', 'resource_type.registered', 'Register resource type', 'success', '', 'command', '', 'Command line', NULL, '', '', 'ResourceType', '01a21722-2db0-700d-b5b3-9fd91ff42987', 'Device', '[{"op": "added", "new": "Device", "old": null, "attribute": "name"}, {"op": "added", "new": "/Devices", "old": null, "attribute": "endpoint"}, {"op": "added", "new": "", "old": null, "attribute": "description"}, {"op": "added", "new": "urn:example:schemas:Device", "old": null, "attribute": "schema"}]', '{}', 2),
	('01a21722-2dc2-75de-a503-77f3aefa0d79', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.634483+00', 'Core Directory', 'DirectoryManagement', 'organization.updated', 'Update organization', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Organization', '01a21722-2bf8-7621-be5c-2e9ad67389be', 'Bank of Zion', '[{"op": "changed", "new": 90, "old": 30, "attribute": "retention_days"}]', '{}', 2),
	('01a21722-2e26-76ec-8b23-f0387048ee63', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.735243+00', 'Core Directory', 'DirectoryManagement', 'organization.created', 'Add organization', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Organization', '01a21722-2e20-736b-aeda-9390df546753', 'Acme', '[{"op": "added", "new": "Acme", "old": null, "attribute": "name"}]', '{}', 2),
	('01a21722-2e32-7632-936c-8569c95e96a3', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.746796+00', 'Account Provisioning', 'ProvisioningManagement', 'token.issued', 'Issue token', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Token', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID (chub_RnUy…)', '[{"op": "added", "new": "Entra ID", "old": null, "attribute": "name"}, {"op": "added", "new": "scim:read", "old": null, "attribute": "scopes"}, {"op": "added", "new": "scim:write", "old": null, "attribute": "scopes"}, {"op": "added", "new": "2027-11-26T09:14:05.742455+00:00", "old": null, "attribute": "expires"}]', '{}', 2),
	('01a21722-2e3a-7791-a989-b64021bdff71', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.754633+00', 'Core Directory', 'DirectoryManagement', 'organization.updated', 'Update organization', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Organization', '01a21722-2e20-736b-aeda-9390df546753', 'Acme', '[{"op": "changed", "new": true, "old": false, "attribute": "unique_group_names"}]', '{}', 2),
	('01a21722-2e7c-7629-9143-09b500b8d2ac', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.8221+00', 'Account Provisioning', 'UserManagement', 'user.created', 'Add user', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2e71-7310-b83b-173c48d7e267', 'User', '01a21722-2e7c-7629-9143-09b4b423a4d7', 'Alice@acme.example', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "Alice@acme.example", "old": null, "attribute": "userName"}, {"op": "added", "new": "ext-0", "old": null, "attribute": "externalId"}, {"op": "added", "new": "Alice Jones", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Alice", "old": null, "attribute": "name.givenName"}, {"op": "added", "new": "Jones", "old": null, "attribute": "name.familyName"}, {"op": "added", "new": {"type": "work", "value": "Alice@acme.example", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2e8b-7632-bd45-e8e1f9eb872f', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.836717+00', 'Account Provisioning', 'UserManagement', 'user.created', 'Add user', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2e82-77fa-8184-ca3bd4475a8b', 'User', '01a21722-2e8b-7632-bd45-e8e095f9dce1', 'Bob@acme.example', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "Bob@acme.example", "old": null, "attribute": "userName"}, {"op": "added", "new": "ext-1", "old": null, "attribute": "externalId"}, {"op": "added", "new": "Bob Jones", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Bob", "old": null, "attribute": "name.givenName"}, {"op": "added", "new": "Jones", "old": null, "attribute": "name.familyName"}, {"op": "added", "new": {"type": "work", "value": "Bob@acme.example", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2e8e-7509-b369-e0c5dba177bb', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.843587+00', 'Account Provisioning', 'UserManagement', 'user.created', 'Add user', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2e8d-74ee-a69e-7dd055b97fbb', 'User', '01a21722-2e8e-7509-b369-e0c4086923e3', 'Charlie@acme.example', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "Charlie@acme.example", "old": null, "attribute": "userName"}, {"op": "added", "new": "ext-2", "old": null, "attribute": "externalId"}, {"op": "added", "new": "Charlie Jones", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Charlie", "old": null, "attribute": "name.givenName"}, {"op": "added", "new": "Jones", "old": null, "attribute": "name.familyName"}, {"op": "added", "new": {"type": "work", "value": "Charlie@acme.example", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2e95-7019-b9e6-664c7e065cb1', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.853516+00', 'Account Provisioning', 'UserManagement', 'user.created', 'Add user', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2e94-747a-b6b2-f9ded3f92e2e', 'User', '01a21722-2e95-7019-b9e6-664b0f7e5c92', 'Dana@acme.example', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "Dana@acme.example", "old": null, "attribute": "userName"}, {"op": "added", "new": "ext-3", "old": null, "attribute": "externalId"}, {"op": "added", "new": "Dana Jones", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Dana", "old": null, "attribute": "name.givenName"}, {"op": "added", "new": "Jones", "old": null, "attribute": "name.familyName"}, {"op": "added", "new": {"type": "work", "value": "Dana@acme.example", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2e9f-73ba-b1ef-35d6235b0966', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.856389+00', 'Account Provisioning', 'UserManagement', 'user.created', 'Add user', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2e9f-73ba-b1ef-35d4012a004c', 'User', '01a21722-2e9f-73ba-b1ef-35d54ce5fe71', 'Émile@acme.example', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "Émile@acme.example", "old": null, "attribute": "userName"}, {"op": "added", "new": "ext-4", "old": null, "attribute": "externalId"}, {"op": "added", "new": "Émile Jones", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Émile", "old": null, "attribute": "name.givenName"}, {"op": "added", "new": "Jones", "old": null, "attribute": "name.familyName"}, {"op": "added", "new": {"type": "work", "value": "Émile@acme.example", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2ea2-7798-9a99-928a07fcde9b', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.858282+00', 'Account Provisioning', 'UserManagement', 'user.created', 'Add user', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2ea1-748c-be3b-869f0563ec08', 'User', '01a21722-2ea1-748c-be3b-86a0372e4d6a', 'Françoise@acme.example', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "Françoise@acme.example", "old": null, "attribute": "userName"}, {"op": "added", "new": "ext-5", "old": null, "attribute": "externalId"}, {"op": "added", "new": "Françoise Jones", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Françoise", "old": null, "attribute": "name.givenName"}, {"op": "added", "new": "Jones", "old": null, "attribute": "name.familyName"}, {"op": "added", "new": {"type": "work", "value": "Françoise@acme.example", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2ea7-76b1-9135-ad44aa76fa92', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.866418+00', 'Account Provisioning', 'UserManagement', 'user.created', 'Add user', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2ea6-76ce-8d9e-b7ea10346b8e', 'User', '01a21722-2ea7-76b1-9135-ad43a8d0cda7', 'Gustav@acme.example', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:User", "old": null, "attribute": "schemas"}, {"op": "added", "new": true, "old": null, "attribute": "active"}, {"op": "added", "new": "Gustav@acme.example", "old": null, "attribute": "userName"}, {"op": "added", "new": "ext-6", "old": null, "attribute": "externalId"}, {"op": "added", "new": "Gustav Jones", "old": null, "attribute": "displayName"}, {"op": "added", "new": "Gustav", "old": null, "attribute": "name.givenName"}, {"op": "added", "new": "Jones", "old": null, "attribute": "name.familyName"}, {"op": "added", "new": {"type": "work", "value": "Gustav@acme.example", "primary": true}, "old": null, "attribute": "emails"}]', '{}', 2),
	('01a21722-2eac-7280-9489-543032d4038d', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.871094+00', 'Account Provisioning', 'GroupManagement', 'group.created', 'Add group', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2eab-7320-a71a-7e19d67b1f0c', 'Group', '01a21722-2eab-7320-a71a-7e1a1fc6f268', 'Crew', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:Group", "old": null, "attribute": "schemas"}, {"op": "added", "new": "Crew", "old": null, "attribute": "displayName"}]', '{}', 2),
	('01a21722-2eb4-758b-8aae-fc80e34a6fb6', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.877501+00', 'Account Provisioning', 'GroupManagement', 'group.members_changed', 'Change group members', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2eab-7320-a71a-7e19d67b1f0c', 'Group', '01a21722-2eab-7320-a71a-7e1a1fc6f268', 'Crew', '[]', '{"added": {"ids": ["01a21722-2e7c-7629-9143-09b4b423a4d7", "01a21722-2e8b-7632-bd45-e8e095f9dce1", "01a21722-2e8e-7509-b369-e0c4086923e3", "01a21722-2e95-7019-b9e6-664b0f7e5c92"], "count": 4}, "removed": {"ids": [], "count": 0}}', 2),
	('01a21722-2ebf-74b0-94ea-0052a2cc82a4', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.888786+00', 'Account Provisioning', 'GroupManagement', 'group.created', 'Add group', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2ebf-74b0-94ea-0050c7acd5bc', 'Group', '01a21722-2ebf-74b0-94ea-0051c332c2f9', 'Captains', '[{"op": "added", "new": "urn:ietf:params:scim:schemas:core:2.0:Group", "old": null, "attribute": "schemas"}, {"op": "added", "new": "Captains", "old": null, "attribute": "displayName"}]', '{}', 2),
	('01a21722-2ecb-752e-aeb2-f3c63dda4ca2', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.89959+00', 'Account Provisioning', 'GroupManagement', 'group.members_changed', 'Change group members', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2ebf-74b0-94ea-0050c7acd5bc', 'Group', '01a21722-2ebf-74b0-94ea-0051c332c2f9', 'Captains', '[]', '{"added": {"ids": ["01a21722-2e7c-7629-9143-09b4b423a4d7"], "count": 1}, "removed": {"ids": [], "count": 0}}', 2),
	('01a21722-2ede-7063-ac17-c1636f4ef032', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.918673+00', 'Account Provisioning', 'GroupManagement', 'group.members_changed', 'Change group members', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2ece-740e-bf7a-9ff004487bde', 'Group', '01a21722-2eab-7320-a71a-7e1a1fc6f268', 'Crew', '[]', '{"added": {"ids": ["01a21722-2ebf-74b0-94ea-0051c332c2f9"], "count": 1}, "removed": {"ids": [], "count": 0}}', 2),
	('01a21722-2eec-71d1-8d90-5ba75ea8e686', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.935002+00', 'Account Provisioning', 'UserManagement', 'user.deactivated', 'Disable account', 'success', '', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2edf-73f9-8632-6cbe08c791e5', 'User', '01a21722-2e9f-73ba-b1ef-35d54ce5fe71', 'Émile@acme.example', '[{"op": "changed", "new": false, "old": true, "attribute": "active"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2ef1-7090-a604-26d7319820b5', '01a21722-2e20-736b-aeda-9390df546753', '2026-11-26 09:14:05.939273+00', 'Account Provisioning', 'UserManagement', 'user.purged', 'Hard Delete user', 'success', 'SCIM DELETE.', 'client', '01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '127.0.0.1', '', '01a21722-2ef0-70cb-b655-ab43dadbb995', 'User', '01a21722-2ea1-748c-be3b-86a0372e4d6a', 'Françoise@acme.example', '[{"op": "removed", "new": null, "old": "urn:ietf:params:scim:schemas:core:2.0:User", "attribute": "schemas"}, {"op": "removed", "new": null, "old": true, "attribute": "active"}, {"op": "removed", "new": null, "old": "Françoise@acme.example", "attribute": "userName"}, {"op": "removed", "new": null, "old": "ext-5", "attribute": "externalId"}, {"op": "removed", "new": null, "old": "Françoise Jones", "attribute": "displayName"}, {"op": "removed", "new": null, "old": "Françoise", "attribute": "name.givenName"}, {"op": "removed", "new": null, "old": "Jones", "attribute": "name.familyName"}, {"op": "removed", "new": null, "old": {"type": "work", "value": "Françoise@acme.example", "primary": true}, "attribute": "emails"}]', '{"revoked": {"tokens": 0, "sessions": 0, "invitations": 0}}', 2),
	('01a21722-2f1a-7127-a733-49bddf9794cd', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.978211+00', 'Account Provisioning', 'ProvisioningManagement', 'token.issued', 'Issue token', 'success', '', 'command', '', 'Command line', NULL, '', '', 'Token', '01a21722-2f14-75c9-8f4b-3b4526e46e1e', 'Entra ID (chub_HS-Q…)', '[{"op": "added", "new": "Entra ID", "old": null, "attribute": "name"}, {"op": "added", "new": "scim:read", "old": null, "attribute": "scopes"}, {"op": "added", "new": "scim:write", "old": null, "attribute": "scopes"}, {"op": "added", "new": "2027-11-26T09:14:05.974631+00:00", "old": null, "attribute": "expires"}]', '{}', 2),
	('01a21722-2f28-74f5-85ff-67f6afd14fb0', '01a21722-2bf8-7621-be5c-2e9ad67389be', '2026-11-26 09:14:05.99361+00', 'Account Provisioning', 'ResourceManagement', 'resource.created', 'Add resource', 'success', '', 'client', '01a21722-2f14-75c9-8f4b-3b4526e46e1e', 'Entra ID', '127.0.0.1', '', '01a21722-2f1c-75b5-bb55-6931b53f02c0', 'Device', '01a21722-2f28-74f5-85ff-67f5d210c6aa', 'dev-1', '[{"op": "added", "new": "urn:example:schemas:Device", "old": null, "attribute": "schemas"}, {"op": "added", "new": "A-1", "old": null, "attribute": "serial"}, {"op": "added", "new": "dev-1", "old": null, "attribute": "externalId"}]', '{}', 2);

INSERT INTO public.audit_auditseal VALUES
	('01a21722-2bff-75ff-a872-962eaeeb6cf1', '01a21722-2bf8-7621-be5c-2e9ad67389be', 1, '\x60c025d98da97516af68bb0b7de13e49cf1baecdaeea0a70d87206e9fd57cfae', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c0f-7235-a70c-37e673974374', '01a21722-2bf8-7621-be5c-2e9ad67389be', 2, '\x85941f4abf393c5df7c71023a644b8280eeb930023d3bd7504ea2e3b6508523b', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c41-7606-ab0f-8205cefc303b', '01a21722-2bf8-7621-be5c-2e9ad67389be', 3, '\xee96dd781c4acc00cf1c6f96fc56c62d535557931fedeff6c57a5cfc317b0061', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c43-7122-a407-f250b900f88c', '01a21722-2bf8-7621-be5c-2e9ad67389be', 4, '\x1304411bcf76608da8f9d8443c55c6ce38c46f4b943ebc36eb730032f37c2677', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c46-74be-b1c2-c9b75d776adc', '01a21722-2bf8-7621-be5c-2e9ad67389be', 5, '\xb0487333871dece8a29a136ba8ff71b1b3357d72a54c3f365cd1e2d4a6c428f8', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c4a-77b0-bad5-7e22a205f7e0', '01a21722-2bf8-7621-be5c-2e9ad67389be', 6, '\x2f0ba25e7b0c39b2984c163c3059c053a669171814ef3836e2a2d49befd6122b', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c52-73e6-b084-dee27565a4fb', '01a21722-2bf8-7621-be5c-2e9ad67389be', 7, '\x8602af4b0fb4265aff793fb1c7318f6ab0860232df3773ae5f5642821e3ae123', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c60-71ee-bde8-daaf43c22974', '01a21722-2bf8-7621-be5c-2e9ad67389be', 8, '\x510fc1589d42e7925f62ee430966a367061481bacb2c873f8443991dfbda53ab', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c6b-7319-b771-4ba67a3fc0cd', '01a21722-2bf8-7621-be5c-2e9ad67389be', 9, '\x2fb5015ef531f7f600b9f0ddb200ba76eafc25632de3c3819fd567916a37d297', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c75-71dd-8b07-7b30cfc036b6', '01a21722-2bf8-7621-be5c-2e9ad67389be', 10, '\x02d258920fb4e89dafc4fbe632abe1843801be4c1fc2dc3a49ec3cf9747b3694', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c7b-707f-8bde-7a40ee62f5cd', '01a21722-2bf8-7621-be5c-2e9ad67389be', 11, '\x3a8a89f22288d0b61e501f302f2da7f97864c7932ddf536232b0e12cc3410542', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c85-7430-924e-bc6e136d7c09', '01a21722-2bf8-7621-be5c-2e9ad67389be', 12, '\x701a55bcafd5daa5b27891dbd4bed27d024fbeca29e78738d0f8ade561f874cd', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c94-778e-ad3b-96ce928c3e6a', '01a21722-2bf8-7621-be5c-2e9ad67389be', 13, '\x43fc767d977703b729e7f5671adab63525e52036aab3e22e428173e7ecfd9aac', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c96-76dc-9a43-8b2705b5d126', '01a21722-2bf8-7621-be5c-2e9ad67389be', 14, '\x6481d1bf4cc38a6a5b2382ba3b38f0334ccd38c0506d20dd6c8e6bdd0a59e899', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2c9f-712a-9151-db403c98249c', '01a21722-2bf8-7621-be5c-2e9ad67389be', 15, '\xac6af3cfbc62cdc2e60cca3c407789d91de67c1d0e4f7e927c82e0893c0e19ea', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ca6-7439-bc02-449f74654518', '01a21722-2bf8-7621-be5c-2e9ad67389be', 16, '\x7586bf7d37532954246dea67a4e1004136e5beba6364f1f75c70199dc96b030a', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2caf-75f8-acab-2b7e91110fcc', '01a21722-2bf8-7621-be5c-2e9ad67389be', 17, '\x1fedd88ba1e58b0f38ca47a81a738f92cd13ee957333a2bc13d5c986cb992b9b', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2cba-7067-b6e4-de3338dcf456', '01a21722-2bf8-7621-be5c-2e9ad67389be', 18, '\x26614704110aee380790308e1735c861be872e0fa7d53d46c125fa6f4968acf0', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ccc-7669-84d9-f98199903d3c', '01a21722-2bf8-7621-be5c-2e9ad67389be', 19, '\x2dba00568b8263e0ef51760b015520fb73e398e42a4afd6e8ebda194aa13f259', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2cda-7102-b2d6-51952bf36062', '01a21722-2bf8-7621-be5c-2e9ad67389be', 20, '\xf932a2b7c204028585f0c5c60412d61e614ba644ba7ce574e5001eeb079b77ce', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2d37-7299-b601-cf207c62e2fb', '01a21722-2bf8-7621-be5c-2e9ad67389be', 21, '\x62f73865629d33e185e1882c2a0719ea7089c2b52f4d46e50a22343aecf7b09a', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2d49-7036-9f84-e7f69cef1f54', '01a21722-2bf8-7621-be5c-2e9ad67389be', 22, '\x2a24292dc03a0a06a6042ed53935f1da8bb6eec60e43c858ad059c3c005ec254', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2d5c-7351-b245-615f35b2684d', '01a21722-2bf8-7621-be5c-2e9ad67389be', 23, '\x5426fde8f72503cbed63a57dd657462470abd7f9c0b08960ac51d7ca56388beb', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2d6e-7279-8739-0d34da975a01', '01a21722-2bf8-7621-be5c-2e9ad67389be', 24, '\xa9c6906dc7de2b2dcecdf1a95976f7a6df3cef6909040d4728577106b83fb72b', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2d82-75e1-b843-30fe9d0ae3c3', '01a21722-2bf8-7621-be5c-2e9ad67389be', 25, '\x509fbd1d0ca22ba843a709887eef55b3d9233361ac9e9f9eaba8e7199ce4c69e', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2da3-71e7-8597-4a3e5b05ec69', '01a21722-2bf8-7621-be5c-2e9ad67389be', 26, '\x368c20bc1d04708b3f9369a2b2be9fb4acd2ebbd5ddd224e4b50e4dbd75d9abe', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2dbe-7037-833a-b3c5040d0bae', '01a21722-2bf8-7621-be5c-2e9ad67389be', 27, '\x0c2d0f4e6b843ddb40e271c5c1c323fafd0298086e74a881ca753845e67d8e3a', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2dc2-75de-a503-77f3aefa0d79', '01a21722-2bf8-7621-be5c-2e9ad67389be', 28, '\xffc6fb017e4c3fd8b2b34119169a4b097bf4760ccf05f90de5636b53fc7e7098', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2f1a-7127-a733-49bddf9794cd', '01a21722-2bf8-7621-be5c-2e9ad67389be', 29, '\xd15c765b18f7e9a59941fdad2940f1b07237f3e2ccd7b6520677dc58d867433f', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2f28-74f5-85ff-67f6afd14fb0', '01a21722-2bf8-7621-be5c-2e9ad67389be', 30, '\x6de518c83e0ebe0bf01b9b2cd0fd1289f455327fdbfd05d143de52021f7b593c', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e26-76ec-8b23-f0387048ee63', '01a21722-2e20-736b-aeda-9390df546753', 1, '\x10162c883336874b581b5b33d7678f16c4f03181407652da35b575c344ab8bf1', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e32-7632-936c-8569c95e96a3', '01a21722-2e20-736b-aeda-9390df546753', 2, '\xe73f4c6f71dd1cebbb91d039789dbdebf7ad1c42e4962e09127ccadb42f95528', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e3a-7791-a989-b64021bdff71', '01a21722-2e20-736b-aeda-9390df546753', 3, '\xbed22dd71ba0a6a1d536abeac49b095574efecab735d86cd7c13c900cd96074c', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e7c-7629-9143-09b500b8d2ac', '01a21722-2e20-736b-aeda-9390df546753', 4, '\xc63ce8934ce078276284385fb6fbc98bbef1e44d9b8bfe56b82b82a01bc6af41', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e8b-7632-bd45-e8e1f9eb872f', '01a21722-2e20-736b-aeda-9390df546753', 5, '\xabcbf791ce2037735e8b725084f59e3b306b27c6df49095d516ad04635b29bde', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e8e-7509-b369-e0c5dba177bb', '01a21722-2e20-736b-aeda-9390df546753', 6, '\x3ae2e1e41c63c1fe2e7d0e01571e283b6772a253d708121e9507385facb5aa78', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e95-7019-b9e6-664c7e065cb1', '01a21722-2e20-736b-aeda-9390df546753', 7, '\x9696f20cf135dc38bd62e988fa578a73514dedb11be218cb207207d122b6f736', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2e9f-73ba-b1ef-35d6235b0966', '01a21722-2e20-736b-aeda-9390df546753', 8, '\x5f8f1e34a1d1e80a4c8dffafa4de540bcb332e8ef2c192c90f1c1977178d513e', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ea2-7798-9a99-928a07fcde9b', '01a21722-2e20-736b-aeda-9390df546753', 9, '\x5296c223335ad8af914fe99fff28e696f46042a0b4a9e42222dced0df6ff8106', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ea7-76b1-9135-ad44aa76fa92', '01a21722-2e20-736b-aeda-9390df546753', 10, '\xcd279f4770630a48374d7fe3fc23d68f86de643266ebc4a1c60cbe5e11c71d92', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2eac-7280-9489-543032d4038d', '01a21722-2e20-736b-aeda-9390df546753', 11, '\x713079c8f247145070425444ebfa950e46d4e8198850daebf78c123900b3060d', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2eb4-758b-8aae-fc80e34a6fb6', '01a21722-2e20-736b-aeda-9390df546753', 12, '\x94a97b4adf2037a1991a16c893acfdd3012e38e79b99b9f78c9bc806fc3dc218', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ebf-74b0-94ea-0052a2cc82a4', '01a21722-2e20-736b-aeda-9390df546753', 13, '\xa31f80e566924bdacb5c8691e950f84aaab886458f47a979f7978682e47423af', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ecb-752e-aeb2-f3c63dda4ca2', '01a21722-2e20-736b-aeda-9390df546753', 14, '\xc2008de162fc73dbc1408042432df9403eaf1e0f7406f75987839dd7a29fad28', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ede-7063-ac17-c1636f4ef032', '01a21722-2e20-736b-aeda-9390df546753', 15, '\xeb1b9dd4e4d40ffbb154dd15527b289afd6bdeba4b5a37648b5b50a29856cc19', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2eec-71d1-8d90-5ba75ea8e686', '01a21722-2e20-736b-aeda-9390df546753', 16, '\xbd5ffc90fdb2ec6be9da8dd2672743e5cb5211e93845ca68707b04aeb9264bcb', '2026-11-26 09:14:06.019759+00'),
	('01a21722-2ef1-7090-a604-26d7319820b5', '01a21722-2e20-736b-aeda-9390df546753', 17, '\x5d94c293427fb6c87831c1a656e2b3398d80153dfbf13774db007a8fe0ec32e2', '2026-11-26 09:14:06.019759+00');

INSERT INTO public.auth_permission VALUES
	(1, 'Can add permission', 1, 'add_permission'),
	(2, 'Can change permission', 1, 'change_permission'),
	(3, 'Can delete permission', 1, 'delete_permission'),
	(4, 'Can view permission', 1, 'view_permission'),
	(5, 'Can add group', 2, 'add_group'),
	(6, 'Can change group', 2, 'change_group'),
	(7, 'Can delete group', 2, 'delete_group'),
	(8, 'Can view group', 2, 'view_group'),
	(9, 'Can add content type', 3, 'add_contenttype'),
	(10, 'Can change content type', 3, 'change_contenttype'),
	(11, 'Can delete content type', 3, 'delete_contenttype'),
	(12, 'Can view content type', 3, 'view_contenttype'),
	(13, 'Can add email address', 4, 'add_emailaddress'),
	(14, 'Can change email address', 4, 'change_emailaddress'),
	(15, 'Can delete email address', 4, 'delete_emailaddress'),
	(16, 'Can view email address', 4, 'view_emailaddress'),
	(17, 'Can add email confirmation', 5, 'add_emailconfirmation'),
	(18, 'Can change email confirmation', 5, 'change_emailconfirmation'),
	(19, 'Can delete email confirmation', 5, 'delete_emailconfirmation'),
	(20, 'Can view email confirmation', 5, 'view_emailconfirmation'),
	(21, 'Can add authenticator', 6, 'add_authenticator'),
	(22, 'Can change authenticator', 6, 'change_authenticator'),
	(23, 'Can delete authenticator', 6, 'delete_authenticator'),
	(24, 'Can view authenticator', 6, 'view_authenticator'),
	(25, 'Can add social account', 7, 'add_socialaccount'),
	(26, 'Can change social account', 7, 'change_socialaccount'),
	(27, 'Can delete social account', 7, 'delete_socialaccount'),
	(28, 'Can view social account', 7, 'view_socialaccount'),
	(29, 'Can add social application', 8, 'add_socialapp'),
	(30, 'Can change social application', 8, 'change_socialapp'),
	(31, 'Can delete social application', 8, 'delete_socialapp'),
	(32, 'Can view social application', 8, 'view_socialapp'),
	(33, 'Can add social application token', 9, 'add_socialtoken'),
	(34, 'Can change social application token', 9, 'change_socialtoken'),
	(35, 'Can delete social application token', 9, 'delete_socialtoken'),
	(36, 'Can view social application token', 9, 'view_socialtoken'),
	(37, 'Can add audit event', 10, 'add_auditevent'),
	(38, 'Can change audit event', 10, 'change_auditevent'),
	(39, 'Can delete audit event', 10, 'delete_auditevent'),
	(40, 'Can view audit event', 10, 'view_auditevent'),
	(41, 'Can add audit seal', 11, 'add_auditseal'),
	(42, 'Can change audit seal', 11, 'change_auditseal'),
	(43, 'Can delete audit seal', 11, 'delete_auditseal'),
	(44, 'Can view audit seal', 11, 'view_auditseal'),
	(45, 'Can add account', 12, 'add_account'),
	(46, 'Can change account', 12, 'change_account'),
	(47, 'Can delete account', 12, 'delete_account'),
	(48, 'Can view account', 12, 'view_account'),
	(49, 'Can add organization', 13, 'add_organization'),
	(50, 'Can change organization', 13, 'change_organization'),
	(51, 'Can delete organization', 13, 'delete_organization'),
	(52, 'Can view organization', 13, 'view_organization'),
	(53, 'Can add group', 14, 'add_group'),
	(54, 'Can change group', 14, 'change_group'),
	(55, 'Can delete group', 14, 'delete_group'),
	(56, 'Can view group', 14, 'view_group'),
	(57, 'Can add session', 15, 'add_session'),
	(58, 'Can change session', 15, 'change_session'),
	(59, 'Can delete session', 15, 'delete_session'),
	(60, 'Can view session', 15, 'view_session'),
	(61, 'Can add user', 16, 'add_user'),
	(62, 'Can change user', 16, 'change_user'),
	(63, 'Can delete user', 16, 'delete_user'),
	(64, 'Can view user', 16, 'view_user'),
	(65, 'Can add membership', 17, 'add_membership'),
	(66, 'Can change membership', 17, 'change_membership'),
	(67, 'Can delete membership', 17, 'delete_membership'),
	(68, 'Can view membership', 17, 'view_membership'),
	(69, 'Can add access token', 18, 'add_accesstoken'),
	(70, 'Can change access token', 18, 'change_accesstoken'),
	(71, 'Can delete access token', 18, 'delete_accesstoken'),
	(72, 'Can view access token', 18, 'view_accesstoken'),
	(73, 'Can add custom resource type', 19, 'add_customresourcetype'),
	(74, 'Can change custom resource type', 19, 'change_customresourcetype'),
	(75, 'Can delete custom resource type', 19, 'delete_customresourcetype'),
	(76, 'Can view custom resource type', 19, 'view_customresourcetype'),
	(77, 'Can add custom schema', 20, 'add_customschema'),
	(78, 'Can change custom schema', 20, 'change_customschema'),
	(79, 'Can delete custom schema', 20, 'delete_customschema'),
	(80, 'Can view custom schema', 20, 'view_customschema'),
	(81, 'Can add page position', 21, 'add_pageposition'),
	(82, 'Can change page position', 21, 'change_pageposition'),
	(83, 'Can delete page position', 21, 'delete_pageposition'),
	(84, 'Can view page position', 21, 'view_pageposition'),
	(85, 'Can add resource', 22, 'add_resource'),
	(86, 'Can change resource', 22, 'change_resource'),
	(87, 'Can delete resource', 22, 'delete_resource'),
	(88, 'Can view resource', 22, 'view_resource'),
	(89, 'Can add row count', 23, 'add_rowcount'),
	(90, 'Can change row count', 23, 'change_rowcount'),
	(91, 'Can delete row count', 23, 'delete_rowcount'),
	(92, 'Can view row count', 23, 'view_rowcount'),
	(93, 'Can add schema extension', 24, 'add_schemaextension'),
	(94, 'Can change schema extension', 24, 'change_schemaextension'),
	(95, 'Can delete schema extension', 24, 'delete_schemaextension'),
	(96, 'Can view schema extension', 24, 'view_schemaextension'),
	(97, 'Can add unique value', 25, 'add_uniquevalue'),
	(98, 'Can change unique value', 25, 'change_uniquevalue'),
	(99, 'Can delete unique value', 25, 'delete_uniquevalue'),
	(100, 'Can view unique value', 25, 'view_uniquevalue'),
	(101, 'Can add job', 26, 'add_job'),
	(102, 'Can change job', 26, 'change_job'),
	(103, 'Can delete job', 26, 'delete_job'),
	(104, 'Can view job', 26, 'view_job'),
	(105, 'Can add outgoing mail', 27, 'add_outgoingmail'),
	(106, 'Can change outgoing mail', 27, 'change_outgoingmail'),
	(107, 'Can delete outgoing mail', 27, 'delete_outgoingmail'),
	(108, 'Can view outgoing mail', 27, 'view_outgoingmail'),
	(109, 'Can add purged user', 28, 'add_purgeduser'),
	(110, 'Can change purged user', 28, 'change_purgeduser'),
	(111, 'Can delete purged user', 28, 'delete_purgeduser'),
	(112, 'Can view purged user', 28, 'view_purgeduser'),
	(113, 'Can add purge run', 29, 'add_purgerun'),
	(114, 'Can change purge run', 29, 'change_purgerun'),
	(115, 'Can delete purge run', 29, 'delete_purgerun'),
	(116, 'Can view purge run', 29, 'view_purgerun'),
	(117, 'Can add connection', 30, 'add_connection'),
	(118, 'Can change connection', 30, 'change_connection'),
	(119, 'Can delete connection', 30, 'delete_connection'),
	(120, 'Can view connection', 30, 'view_connection'),
	(121, 'Can add invitation', 31, 'add_invitation'),
	(122, 'Can change invitation', 31, 'change_invitation'),
	(123, 'Can delete invitation', 31, 'delete_invitation'),
	(124, 'Can view invitation', 31, 'view_invitation'),
	(125, 'Can add role mapping', 32, 'add_rolemapping'),
	(126, 'Can change role mapping', 32, 'change_rolemapping'),
	(127, 'Can delete role mapping', 32, 'delete_rolemapping'),
	(128, 'Can view role mapping', 32, 'view_rolemapping'),
	(129, 'Can add identity provider', 33, 'add_identityprovider'),
	(130, 'Can change identity provider', 33, 'change_identityprovider'),
	(131, 'Can delete identity provider', 33, 'delete_identityprovider'),
	(132, 'Can view identity provider', 33, 'view_identityprovider'),
	(133, 'Can add typed address', 34, 'add_typedaddress'),
	(134, 'Can change typed address', 34, 'change_typedaddress'),
	(135, 'Can delete typed address', 34, 'delete_typedaddress'),
	(136, 'Can view typed address', 34, 'view_typedaddress');

INSERT INTO public.controlhub_accesstoken VALUES
	('01a21722-2d47-77c4-8b65-eab7500c519c', 'Entra ID', '\x9446078ddae6f0b3470a0323bd4535877adbcd42eb1f42513a4eb25330ae634b', 'chub_9VYZ', '{scim:read,scim:write}', '2026-11-26 09:14:05.512198+00', 'Command line', '2027-11-26 09:14:05.512198+00', NULL, NULL, NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', NULL, '', NULL, 'static', '01a21722-2d3d-7455-8617-57a7ed8f96be'),
	('01a21722-2d58-749b-9240-d584794641f3', 'Script', '\x613a7f82144855d51148e50903293b7f82c0da46d7c0ba29457b9ed44332c767', 'chub_9J-B', '{scim:read}', '2026-11-26 09:14:05.529626+00', 'Command line', '2026-12-26 09:14:05.529626+00', NULL, NULL, NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', '01a21722-2c0f-7235-a70c-37e51c5fcb46', '', NULL, 'static', NULL),
	('01a21722-2e28-7236-ac40-bb8af9a6d6da', 'Entra ID', '\x3d499489e218d42a9cbada8f893ba151fa55e511954ea40568ed057e0c166935', 'chub_RnUy', '{scim:read,scim:write}', '2026-11-26 09:14:05.742455+00', 'Command line', '2027-11-26 09:14:05.742455+00', NULL, '2026-11-26 09:14:05.818344+00', '127.0.0.1', '01a21722-2e20-736b-aeda-9390df546753', NULL, '', NULL, 'static', '01a21722-2e27-70f2-bead-3434ee3e7471'),
	('01a21722-2f14-75c9-8f4b-3b4526e46e1e', 'Entra ID', '\x05c6349c41f5fe15bf7a2cf815fa97bd69cf66e319fc799a1ce8fbddad0e033d', 'chub_HS-Q', '{scim:read,scim:write}', '2026-11-26 09:14:05.974631+00', 'Command line', '2027-11-26 09:14:05.974631+00', NULL, '2026-11-26 09:14:05.982782+00', '127.0.0.1', '01a21722-2bf8-7621-be5c-2e9ad67389be', NULL, '', NULL, 'static', '01a21722-2f13-7089-b87b-b3fbcf6b3cab');

INSERT INTO public.controlhub_account VALUES
	(2, '!WMnxJ2sIbMJeYHaRAjeFRrCHmEOM4eX6I9mu4o9U', NULL, 'switch@example.com', 'switch@example.com', 'help_desk', '', '2026-11-26 09:14:05.401776+00', '01a21722-2ccc-7669-84d9-f98069382e01', false),
	(1, 'md5$8AOSr1OYlMxKViex8NDZ8y$5f10f4dd8186eaf91883f7437921c913', '2026-11-26 09:14:05.711422+00', 'neo@example.com', 'neo@example.com', 'full_admin', '', '2026-11-26 09:14:05.215555+00', '01a21722-2c0f-7235-a70c-37e51c5fcb46', false);

INSERT INTO public.controlhub_connection VALUES
	('01a21722-2d3d-7455-8617-57a7ed8f96be', 'Entra ID', '{scim:read,scim:write}', '2026-11-26 09:14:05.510653+00', 'Command line', '\x7878787878787878787878787878787878787878787878787878787878787878', '', '2026-11-26 09:14:05.514742+00', '01a21722-2bf8-7621-be5c-2e9ad67389be'),
	('01a21722-2e27-70f2-bead-3434ee3e7471', 'Entra ID', '{scim:read,scim:write}', '2026-11-26 09:14:05.736331+00', 'Command line', NULL, '', NULL, '01a21722-2e20-736b-aeda-9390df546753'),
	('01a21722-2f13-7089-b87b-b3fbcf6b3cab', 'Entra ID', '{scim:read,scim:write}', '2026-11-26 09:14:05.972143+00', 'Command line', NULL, '', NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be');

INSERT INTO public.controlhub_customresourcetype VALUES
	('01a21722-2db0-700d-b5b3-9fd91ff42987', 'Device', '/Devices', '', '2026-11-26 09:14:05.616983+00', '01a21722-2bf8-7621-be5c-2e9ad67389be', '01a21722-2d96-72a8-9419-edfe251631e4');

INSERT INTO public.controlhub_customschema VALUES
	('01a21722-2d96-72a8-9419-edfe251631e4', 'urn:example:schemas:Device', 'urn:example:schemas:device', '{"id": "urn:example:schemas:Device", "name": "Device", "attributes": [{"name": "serial", "type": "string", "required": true, "returned": "default", "caseExact": false, "mutability": "readWrite", "uniqueness": "none", "description": "", "multiValued": false}], "description": "A device"}', '2026-11-26 09:14:05.591688+00', '01a21722-2bf8-7621-be5c-2e9ad67389be');

INSERT INTO public.controlhub_group VALUES
	('01a21722-2d6e-7279-8739-0d330a9488f4', '{"displayName":"Ops"}', 'Ops', 'ops', NULL, 1, '2026-11-26 09:14:05.551296+00', '2026-11-26 09:14:05.551296+00', '01a21722-2bf8-7621-be5c-2e9ad67389be', 0, 11, DEFAULT, DEFAULT),
	('01a21722-2ebf-74b0-94ea-0051c332c2f9', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Captains"}', 'Captains', 'captains', NULL, 2, '2026-11-26 09:14:05.888786+00', '2026-11-26 09:14:05.888786+00', '01a21722-2e20-736b-aeda-9390df546753', 1, 20, DEFAULT, DEFAULT),
	('01a21722-2eab-7320-a71a-7e1a1fc6f268', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Crew"}', 'Crew', 'crew', NULL, 3, '2026-11-26 09:14:05.871094+00', '2026-11-26 09:14:05.906875+00', '01a21722-2e20-736b-aeda-9390df546753', 5, 19, DEFAULT, DEFAULT);

INSERT INTO public.controlhub_identityprovider VALUES
	('01a21722-2d5e-7562-bf43-ff9610d7b0d2', 'Contoso', 'https://login.example.com/v2.0', 'hub', '', '', true, '2026-11-26 09:14:05.545857+00', '01a21722-2bf8-7621-be5c-2e9ad67389be');

INSERT INTO public.controlhub_invitation VALUES
	('01a21722-2ce6-74aa-b4e5-115eac9aebc0', '\x4876a56ca3a01f485350c772178a102092348a9d0109fec008bc5514ee074981', 'switch@example.com', '2026-11-26 09:14:05.41559+00', 'Command line', '2026-12-03 09:14:05.41559+00', '01a21722-2ccc-7669-84d9-f98069382e01');

INSERT INTO public.controlhub_job VALUES
	('purge_users', '2026-11-26 09:14:05.657598+00', NULL, 0, 0, 0, 'ZeroDivisionError', '2026-11-26 09:14:05.657598+00', '2026-11-26 09:14:05.657598+00', NULL, NULL);

INSERT INTO public.controlhub_membership VALUES
	(1, '2026-11-26 09:14:05.87601+00', NULL, '01a21722-2eab-7320-a71a-7e1a1fc6f268', '01a21722-2e7c-7629-9143-09b4b423a4d7'),
	(2, '2026-11-26 09:14:05.87601+00', NULL, '01a21722-2eab-7320-a71a-7e1a1fc6f268', '01a21722-2e8b-7632-bd45-e8e095f9dce1'),
	(3, '2026-11-26 09:14:05.87601+00', NULL, '01a21722-2eab-7320-a71a-7e1a1fc6f268', '01a21722-2e8e-7509-b369-e0c4086923e3'),
	(4, '2026-11-26 09:14:05.87601+00', NULL, '01a21722-2eab-7320-a71a-7e1a1fc6f268', '01a21722-2e95-7019-b9e6-664b0f7e5c92'),
	(5, '2026-11-26 09:14:05.898737+00', NULL, '01a21722-2ebf-74b0-94ea-0051c332c2f9', '01a21722-2e7c-7629-9143-09b4b423a4d7'),
	(6, '2026-11-26 09:14:05.913736+00', '01a21722-2ebf-74b0-94ea-0051c332c2f9', '01a21722-2eab-7320-a71a-7e1a1fc6f268', NULL);

INSERT INTO public.controlhub_organization VALUES
	('01a21722-2bf8-7621-be5c-2e9ad67389be', 'Bank of Zion', '2026-11-26 09:14:05.180476+00', 90, true, true, 2, false, '{}', false, '', 50, 5, 'purge', '{}'),
	('01a21722-2e20-736b-aeda-9390df546753', 'Acme', '2026-11-26 09:14:05.734638+00', 30, true, true, 0, true, '{}', true, '', 50, 5, 'purge', '{}');

INSERT INTO public.controlhub_outgoingmail VALUES
	('01a21722-2d30-7459-8f78-1ec5717a30a1', 'switch@example.com', 'You are invited to Bank of Zion', 'Switch, you have been added to Bank of Zion.

Open this address within 7 days to confirm that this is you. It works once:
http://localhost:8000/invitations/chub_LqHRcP5BVd8d6dPOSYcVSiRuna-34Nb7z3qR_0-yuAgd52326e6/

If you did not expect this mail, do nothing.
', '2026-11-26 09:14:05.49471+00', '2026-11-26 09:14:05.49471+00', 0, NULL, '', '01a21722-2bf8-7621-be5c-2e9ad67389be'),
	('01a21722-2dda-7112-8ae9-9bfa5345d979', 'a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.example.com', 'Hello', '', '2026-11-26 09:14:05.666482+00', '2026-11-26 09:14:05.666482+00', 3, NULL, '550 No such mailbox', '01a21722-2bf8-7621-be5c-2e9ad67389be');

INSERT INTO public.controlhub_pageposition VALUES
	('01a21722-2e28-7236-ac40-bb8af9a6d6da', '\x04', 3, 14, 5, 15, 6, 1, '2026-11-26 09:14:05.956272+00', '\x0419d59a58b0f86d90da5a3935f8a92e'),
	('01a21722-2e28-7236-ac40-bb8af9a6d6da', '\x09', 1, 12, 2, 12, 6, 0, '2026-11-26 09:14:05.97036+00', '\x897bf48f45c9f0e13eb5fd2a43905f0b');

INSERT INTO public.controlhub_purgeduser VALUES
	('01a21722-2ca6-7439-bc02-449eef8d0388', '2026-11-26 09:14:05.350702+00', '2026-11-26 09:14:05.358515+00', '2026-11-26 09:14:05.373706+00', 'admin', 0, 0, 0, '01a21722-2bf8-7621-be5c-2e9ad67389be', 0),
	('01a21722-2ea1-748c-be3b-86a0372e4d6a', '2026-11-26 09:14:05.858282+00', NULL, '2026-11-26 09:14:05.939273+00', 'scim', 0, 0, 0, '01a21722-2e20-736b-aeda-9390df546753', 0);

INSERT INTO public.controlhub_purgerun VALUES
	('01a21722-2dc2-75de-a503-77f489103144', 'staged', 3, 0, '2026-11-26 09:14:05.635466+00', '2026-11-26 09:14:05.635466+00', '2026-11-26 09:14:05.635466+00', NULL, '', '01a21722-2bf8-7621-be5c-2e9ad67389be');

INSERT INTO public.controlhub_resource VALUES
	('01a21722-2f28-74f5-85ff-67f5d210c6aa', '{"schemas":["urn:example:schemas:Device"],"serial":"A-1","externalId":"dev-1"}', 'dev-1', 21, 1, '2026-11-26 09:14:05.99361+00', '2026-11-26 09:14:05.99361+00', '01a21722-2bf8-7621-be5c-2e9ad67389be', '01a21722-2db0-700d-b5b3-9fd91ff42987', DEFAULT, DEFAULT);

INSERT INTO public.controlhub_rolemapping VALUES
	('01a21722-2d6e-7279-8739-0d330a9488f4', 'auditor', '2026-11-26 09:14:05.565877+00', 'Command line');

INSERT INTO public.controlhub_rowcount VALUES
	(1, '01a21722-2bf8-7621-be5c-2e9ad67389be', 'controlhub_user', 9, 1, 0),
	(2, '01a21722-2bf8-7621-be5c-2e9ad67389be', 'controlhub_group', 1, 0, 0),
	(4, '01a21722-2e20-736b-aeda-9390df546753', 'controlhub_group', 2, 0, 0),
	(3, '01a21722-2e20-736b-aeda-9390df546753', 'controlhub_user', 6, 1, 0),
	(5, '01a21722-2bf8-7621-be5c-2e9ad67389be', '01a21722-2db0-700d-b5b3-9fd91ff42987', 1, 0, 0);

INSERT INTO public.controlhub_session VALUES
	('z9kp72lypbytc2d7lv64oakdbycojmij', '.eJxVzEsOwiAQBuC7sDYEhgFKd3qRZqC0NDZgWlgZ7241Xej2f3xPNlCraWh73IZlZD2T7PKbeQr3mD9FKLluZU3N80fZKq18X-a8ZH5O-DWE0nK9nY8_JtGeDoO0ECCVpZFoiigBIoADJBXQjEAO4hQjKiuCUCI47I6pNgZQS1DKH6iPM2XWS-u06RBRc_slXm-8mz_r:1xWVYL:SQitzs0LayghAivTglVSwbCCD_nJ1HaqojIrvHRUBKI', '2026-11-26 21:14:05.727012+00', '2026-11-26 09:14:05.722924+00', 1, NULL, '');

INSERT INTO public.controlhub_uniquevalue VALUES
	(1, 'Group', 'displayName', 'crew', '01a21722-2eab-7320-a71a-7e1a1fc6f268', '01a21722-2e20-736b-aeda-9390df546753', false),
	(2, 'Group', 'displayName', 'captains', '01a21722-2ebf-74b0-94ea-0051c332c2f9', '01a21722-2e20-736b-aeda-9390df546753', false);

INSERT INTO public.controlhub_user VALUES
	('01a21722-2e7c-7629-9143-09b4b423a4d7', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"Alice@acme.example","externalId":"ext-0","displayName":"Alice Jones","name":{"givenName":"Alice","familyName":"Jones"},"emails":[{"value":"Alice@acme.example","type":"work","primary":true}]}', 'Alice@acme.example', 'alice@acme.example', 'ext-0', '{alice@acme.example}', 'Alice Jones', 'Alice', 'Jones', true, 'scim', 'Entra ID', 1, '2026-11-26 09:14:05.8221+00', '2026-11-26 09:14:05.8221+00', NULL, NULL, '01a21722-2e20-736b-aeda-9390df546753', 12, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, '01a21722-2e27-70f2-bead-3434ee3e7471', NULL, DEFAULT),
	('01a21722-2c43-7122-a407-f24fceb6e292', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"bjensen@example.com","displayName":"Barbara Jensen","title":"Tour Guide"}', 'bjensen@example.com', 'bjensen@example.com', NULL, '{}', 'Barbara Jensen', '', '', true, 'scim', 'Command line', 1, '2026-11-26 09:14:05.253245+00', '2026-11-26 09:14:05.253245+00', NULL, NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', 2, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, NULL, NULL, DEFAULT),
	('01a21722-2c46-74be-b1c2-c9b67dcd860d', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.example.com","displayName":"WolfeschlegelsteinhausenbergerdorffWolfeschlegelsteinhausenbergerdorffWolfeschlegelsteinhausenbergerdorff"}', 'a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.example.com', 'a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.a-very-long-name-without-any-blank-in-it.example.com', NULL, '{}', 'WolfeschlegelsteinhausenbergerdorffWolfeschlegelsteinhausenbergerdorffWolfeschlegelsteinhausenbergerdorff', '', '', true, 'scim', 'Command line', 1, '2026-11-26 09:14:05.257002+00', '2026-11-26 09:14:05.257002+00', NULL, NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', 3, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, NULL, NULL, DEFAULT),
	('01a21722-2c4a-77b0-bad5-7e21042c4b8b', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"svc@example.com","displayName":"O''Brien \"Bob\" <b>x</b>"}', 'svc@example.com', 'svc@example.com', NULL, '{}', 'O''Brien "Bob" <b>x</b>', '', '', true, 'scim', 'Command line', 1, '2026-11-26 09:14:05.262383+00', '2026-11-26 09:14:05.262383+00', NULL, NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', 4, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, NULL, NULL, DEFAULT),
	('01a21722-2c52-73e6-b084-dee133875a5c', '{"active":false,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"smith@example.com"}', 'smith@example.com', 'smith@example.com', NULL, '{}', '', '', '', false, 'scim', 'Command line', 2, '2026-11-26 09:14:05.267071+00', '2026-11-26 09:14:05.279118+00', '2026-11-26 09:14:05.279118+00', NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', 5, '', DEFAULT, 'Command line', 'command', NULL, false, '', '{}', true, true, 0, NULL, NULL, DEFAULT),
	('01a21722-2c6b-7319-b771-4ba53bf427a6', '{"active":false,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"01a217222c6b7319b7714ba53bf427a6brown@example.com"}', '01a217222c6b7319b7714ba53bf427a6brown@example.com', '01a217222c6b7319b7714ba53bf427a6brown@example.com', NULL, '{}', '', '', '', false, 'scim', 'Command line', 2, '2026-11-26 09:14:05.291797+00', '2026-11-26 09:14:05.296535+00', '2026-11-26 09:14:05.296535+00', 'brown@example.com', '01a21722-2bf8-7621-be5c-2e9ad67389be', 6, '', DEFAULT, 'Command line', 'command', NULL, false, '', '{}', true, true, 0, NULL, NULL, DEFAULT),
	('01a21722-2c7b-707f-8bde-7a3ff77be292', '{"active":false,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"01a217222c7b707f8bde7a3ff77be292jones@example.com"}', '01a217222c7b707f8bde7a3ff77be292jones@example.com', '01a217222c7b707f8bde7a3ff77be292jones@example.com', NULL, '{}', '', '', '', false, 'scim', 'Command line', 2, '2026-11-26 09:14:05.308171+00', '2026-11-26 09:14:05.312763+00', '2026-11-26 09:14:05.312763+00', 'jones@example.com', '01a21722-2bf8-7621-be5c-2e9ad67389be', 7, '', DEFAULT, 'Command line', 'command', NULL, false, 'Case 7', '{}', true, true, 0, NULL, NULL, DEFAULT),
	('01a21722-2c96-76dc-9a43-8b26cf991106', '{"active":false,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"mouse@example.com"}', 'mouse@example.com', 'mouse@example.com', NULL, '{}', '', '', '', false, 'scim', 'Command line', 2, '2026-11-26 09:14:05.33806+00', '2026-11-26 09:14:05.342504+00', '2026-11-26 09:14:05.342504+00', NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', 8, '', DEFAULT, 'Entra ID', 'client', NULL, false, '', '{}', false, true, 0, NULL, NULL, DEFAULT),
	('01a21722-2e8b-7632-bd45-e8e095f9dce1', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"Bob@acme.example","externalId":"ext-1","displayName":"Bob Jones","name":{"givenName":"Bob","familyName":"Jones"},"emails":[{"value":"Bob@acme.example","type":"work","primary":true}]}', 'Bob@acme.example', 'bob@acme.example', 'ext-1', '{bob@acme.example}', 'Bob Jones', 'Bob', 'Jones', true, 'scim', 'Entra ID', 1, '2026-11-26 09:14:05.836717+00', '2026-11-26 09:14:05.836717+00', NULL, NULL, '01a21722-2e20-736b-aeda-9390df546753', 13, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, '01a21722-2e27-70f2-bead-3434ee3e7471', NULL, DEFAULT),
	('01a21722-2ccc-7669-84d9-f98069382e01', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"switch@example.com","emails":[{"value":"switch@example.com","type":"work","primary":true}],"displayName":"Switch","name":{"givenName":"Switch"}}', 'switch@example.com', 'switch@example.com', NULL, '{switch@example.com}', 'Switch', 'Switch', '', true, 'portal', 'Command line', 1, '2026-11-26 09:14:05.389563+00', '2026-11-26 09:14:05.389563+00', NULL, NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', 10, 'help_desk', DEFAULT, '', '', NULL, false, '', '{}', true, false, 1, NULL, NULL, DEFAULT),
	('01a21722-2e8e-7509-b369-e0c4086923e3', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"Charlie@acme.example","externalId":"ext-2","displayName":"Charlie Jones","name":{"givenName":"Charlie","familyName":"Jones"},"emails":[{"value":"Charlie@acme.example","type":"work","primary":true}]}', 'Charlie@acme.example', 'charlie@acme.example', 'ext-2', '{charlie@acme.example}', 'Charlie Jones', 'Charlie', 'Jones', true, 'scim', 'Entra ID', 1, '2026-11-26 09:14:05.843587+00', '2026-11-26 09:14:05.843587+00', NULL, NULL, '01a21722-2e20-736b-aeda-9390df546753', 14, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, '01a21722-2e27-70f2-bead-3434ee3e7471', NULL, DEFAULT),
	('01a21722-2c0f-7235-a70c-37e51c5fcb46', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"neo@example.com","displayName":"Administrator","emails":[{"value":"neo@example.com","primary":true}]}', 'neo@example.com', 'neo@example.com', NULL, '{neo@example.com}', 'Administrator', '', '', true, 'command', 'Command line', 1, '2026-11-26 09:14:05.202642+00', '2026-11-26 09:14:05.202642+00', NULL, NULL, '01a21722-2bf8-7621-be5c-2e9ad67389be', 1, 'full_admin', DEFAULT, '', '', NULL, false, '', '{}', true, true, 2, NULL, NULL, DEFAULT),
	('01a21722-2e95-7019-b9e6-664b0f7e5c92', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"Dana@acme.example","externalId":"ext-3","displayName":"Dana Jones","name":{"givenName":"Dana","familyName":"Jones"},"emails":[{"value":"Dana@acme.example","type":"work","primary":true}]}', 'Dana@acme.example', 'dana@acme.example', 'ext-3', '{dana@acme.example}', 'Dana Jones', 'Dana', 'Jones', true, 'scim', 'Entra ID', 1, '2026-11-26 09:14:05.853516+00', '2026-11-26 09:14:05.853516+00', NULL, NULL, '01a21722-2e20-736b-aeda-9390df546753', 15, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, '01a21722-2e27-70f2-bead-3434ee3e7471', NULL, DEFAULT),
	('01a21722-2ea7-76b1-9135-ad43a8d0cda7', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,"userName":"Gustav@acme.example","externalId":"ext-6","displayName":"Gustav Jones","name":{"givenName":"Gustav","familyName":"Jones"},"emails":[{"value":"Gustav@acme.example","type":"work","primary":true}]}', 'Gustav@acme.example', 'gustav@acme.example', 'ext-6', '{gustav@acme.example}', 'Gustav Jones', 'Gustav', 'Jones', true, 'scim', 'Entra ID', 1, '2026-11-26 09:14:05.866418+00', '2026-11-26 09:14:05.866418+00', NULL, NULL, '01a21722-2e20-736b-aeda-9390df546753', 18, '', DEFAULT, '', '', NULL, false, '', '{}', true, true, 0, '01a21722-2e27-70f2-bead-3434ee3e7471', NULL, DEFAULT),
	('01a21722-2e9f-73ba-b1ef-35d54ce5fe71', '{"active":false,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Émile@acme.example","externalId":"ext-4","displayName":"Émile Jones","name":{"givenName":"Émile","familyName":"Jones"},"emails":[{"value":"Émile@acme.example","type":"work","primary":true}]}', 'Émile@acme.example', 'émile@acme.example', 'ext-4', '{émile@acme.example}', 'Émile Jones', 'Émile', 'Jones', false, 'scim', 'Entra ID', 2, '2026-11-26 09:14:05.856389+00', '2026-11-26 09:14:05.931366+00', '2026-11-26 09:14:05.931366+00', NULL, '01a21722-2e20-736b-aeda-9390df546753', 16, '', DEFAULT, 'Entra ID', 'client', NULL, false, '', '{}', true, true, 0, '01a21722-2e27-70f2-bead-3434ee3e7471', NULL, DEFAULT);

INSERT INTO public.django_content_type VALUES
	(1, 'auth', 'permission'),
	(2, 'auth', 'group'),
	(3, 'contenttypes', 'contenttype'),
	(4, 'account', 'emailaddress'),
	(5, 'account', 'emailconfirmation'),
	(6, 'mfa', 'authenticator'),
	(7, 'socialaccount', 'socialaccount'),
	(8, 'socialaccount', 'socialapp'),
	(9, 'socialaccount', 'socialtoken'),
	(10, 'audit', 'auditevent'),
	(11, 'audit', 'auditseal'),
	(12, 'controlhub', 'account'),
	(13, 'controlhub', 'organization'),
	(14, 'controlhub', 'group'),
	(15, 'controlhub', 'session'),
	(16, 'controlhub', 'user'),
	(17, 'controlhub', 'membership'),
	(18, 'controlhub', 'accesstoken'),
	(19, 'controlhub', 'customresourcetype'),
	(20, 'controlhub', 'customschema'),
	(21, 'controlhub', 'pageposition'),
	(22, 'controlhub', 'resource'),
	(23, 'controlhub', 'rowcount'),
	(24, 'controlhub', 'schemaextension'),
	(25, 'controlhub', 'uniquevalue'),
	(26, 'controlhub', 'job'),
	(27, 'controlhub', 'outgoingmail'),
	(28, 'controlhub', 'purgeduser'),
	(29, 'controlhub', 'purgerun'),
	(30, 'controlhub', 'connection'),
	(31, 'controlhub', 'invitation'),
	(32, 'controlhub', 'rolemapping'),
	(33, 'controlhub', 'identityprovider'),
	(34, 'controlhub', 'typedaddress');

INSERT INTO public.django_migrations VALUES
	(1, 'controlhub', '0001_initial', '2026-11-26 09:13:40.500222+00'),
	(2, 'account', '0001_initial', '2026-11-26 09:13:40.678896+00'),
	(3, 'account', '0002_email_max_length', '2026-11-26 09:13:40.727845+00'),
	(4, 'account', '0003_alter_emailaddress_create_unique_verified_email', '2026-11-26 09:13:40.801486+00'),
	(5, 'account', '0004_alter_emailaddress_drop_unique_email', '2026-11-26 09:13:40.893927+00'),
	(6, 'account', '0005_emailaddress_idx_upper_email', '2026-11-26 09:13:40.943482+00'),
	(7, 'account', '0006_emailaddress_lower', '2026-11-26 09:13:41.048768+00'),
	(8, 'account', '0007_emailaddress_idx_email', '2026-11-26 09:13:41.118907+00'),
	(9, 'account', '0008_emailaddress_unique_primary_email_fixup', '2026-11-26 09:13:41.212443+00'),
	(10, 'account', '0009_emailaddress_unique_primary_email', '2026-11-26 09:13:41.254888+00'),
	(11, 'audit', '0001_initial', '2026-11-26 09:13:41.318791+00'),
	(12, 'audit', '0002_append_only', '2026-11-26 09:13:41.33926+00'),
	(13, 'audit', '0003_event_version', '2026-11-26 09:13:41.373145+00'),
	(14, 'contenttypes', '0001_initial', '2026-11-26 09:13:41.406703+00'),
	(15, 'contenttypes', '0002_remove_content_type_name', '2026-11-26 09:13:41.522498+00'),
	(16, 'auth', '0001_initial', '2026-11-26 09:13:41.651725+00'),
	(17, 'auth', '0002_alter_permission_name_max_length', '2026-11-26 09:13:41.702735+00'),
	(18, 'auth', '0003_alter_user_email_max_length', '2026-11-26 09:13:41.736946+00'),
	(19, 'auth', '0004_alter_user_username_opts', '2026-11-26 09:13:41.800671+00'),
	(20, 'auth', '0005_alter_user_last_login_null', '2026-11-26 09:13:41.833241+00'),
	(21, 'auth', '0006_require_contenttypes_0002', '2026-11-26 09:13:41.858833+00'),
	(22, 'auth', '0007_alter_validators_add_error_messages', '2026-11-26 09:13:41.880059+00'),
	(23, 'auth', '0008_alter_user_username_max_length', '2026-11-26 09:13:41.898161+00'),
	(24, 'auth', '0009_alter_user_last_name_max_length', '2026-11-26 09:13:41.952262+00'),
	(25, 'auth', '0010_alter_group_name_max_length', '2026-11-26 09:13:41.993673+00'),
	(26, 'auth', '0011_update_proxy_permissions', '2026-11-26 09:13:42.108954+00'),
	(27, 'auth', '0012_alter_user_first_name_max_length', '2026-11-26 09:13:42.151894+00'),
	(28, 'socialaccount', '0001_initial', '2026-11-26 09:13:42.51285+00'),
	(29, 'socialaccount', '0002_token_max_lengths', '2026-11-26 09:13:42.580281+00'),
	(30, 'socialaccount', '0003_extra_data_default_dict', '2026-11-26 09:13:42.609305+00'),
	(31, 'socialaccount', '0004_app_provider_id_settings', '2026-11-26 09:13:42.679406+00'),
	(32, 'socialaccount', '0005_socialtoken_nullable_app', '2026-11-26 09:13:42.736499+00'),
	(33, 'socialaccount', '0006_alter_socialaccount_extra_data', '2026-11-26 09:13:42.770851+00'),
	(34, 'mfa', '0001_initial', '2026-11-26 09:13:42.832471+00'),
	(35, 'mfa', '0002_authenticator_timestamps', '2026-11-26 09:13:42.896868+00'),
	(36, 'mfa', '0003_authenticator_type_uniq', '2026-11-26 09:13:42.961013+00'),
	(37, 'controlhub', '0002_throttle', '2026-11-26 09:13:42.975424+00'),
	(38, 'controlhub', '0003_fold', '2026-11-26 09:13:43.030942+00'),
	(39, 'controlhub', '0004_display_name_search', '2026-11-26 09:13:43.031861+00'),
	(40, 'controlhub', '0005_ordinals', '2026-11-26 09:13:43.036547+00'),
	(41, 'controlhub', '0006_own_schemas', '2026-11-26 09:13:44.172747+00'),
	(42, 'controlhub', '0007_row_counts', '2026-11-26 09:13:44.291508+00'),
	(43, 'controlhub', '0008_room_for_updates', '2026-11-26 09:13:44.306924+00'),
	(44, 'controlhub', '0009_positions_unlogged', '2026-11-26 09:13:44.317006+00'),
	(45, 'controlhub', '0010_member_counts', '2026-11-26 09:13:44.346104+00'),
	(46, 'controlhub', '0011_ordinals_in_order', '2026-11-26 09:13:44.367837+00'),
	(47, 'controlhub', '0012_portal_role', '2026-11-26 09:13:44.433443+00'),
	(48, 'controlhub', '0013_membership_order', '2026-11-26 09:13:44.542606+00'),
	(49, 'controlhub', '0014_members_of_a_group', '2026-11-26 09:13:44.605966+00'),
	(50, 'controlhub', '0015_moments', '2026-11-26 09:13:44.661189+00'),
	(51, 'controlhub', '0016_lifecycle', '2026-11-26 09:13:46.126629+00'),
	(52, 'controlhub', '0017_hidden_users', '2026-11-26 09:13:46.154952+00'),
	(53, 'controlhub', '0018_connections', '2026-11-26 09:13:46.626675+00'),
	(54, 'controlhub', '0019_connection_of_each_token', '2026-11-26 09:13:46.642629+00'),
	(55, 'controlhub', '0020_token_of_one', '2026-11-26 09:13:47.318764+00'),
	(56, 'controlhub', '0021_invitations', '2026-11-26 09:13:47.52387+00'),
	(57, 'controlhub', '0022_values_set_aside', '2026-11-26 09:13:47.806611+00'),
	(58, 'controlhub', '0023_sign_in', '2026-11-26 09:13:48.09458+00'),
	(59, 'controlhub', '0024_owned_rows', '2026-11-26 09:13:48.124703+00'),
	(60, 'controlhub', '0025_access_version', '2026-11-26 09:13:48.218603+00'),
	(61, 'controlhub', '0026_no_throttles', '2026-11-26 09:13:48.239789+00'),
	(62, 'controlhub', '0027_suffixes_of_names', '2026-11-26 09:13:48.394059+00'),
	(63, 'controlhub', '0028_index_of_suffixes', '2026-11-26 09:13:48.415406+00'),
	(64, 'controlhub', '0029_short_waiting_list', '2026-11-26 09:13:48.525331+00'),
	(65, 'controlhub', '0030_secret_attributes', '2026-11-26 09:13:48.596292+00'),
	(66, 'controlhub', '0031_find_secret_attributes', '2026-11-26 09:13:48.719504+00'),
	(67, 'controlhub', '0032_removed_before', '2026-11-26 09:13:48.807738+00'),
	(68, 'controlhub', '0033_one_index_of_removed_users', '2026-11-26 09:13:48.988504+00'),
	(69, 'controlhub', '0034_owner_of_users', '2026-11-26 09:13:49.140248+00'),
	(70, 'controlhub', '0035_find_owners_of_users', '2026-11-26 09:13:49.260937+00'),
	(71, 'controlhub', '0036_index_for_revivals', '2026-11-26 09:13:49.378388+00'),
	(72, 'controlhub', '0037_typed_addresses', '2026-11-26 09:13:49.397476+00'),
	(73, 'controlhub', '0041_explicit_active', '2026-11-26 09:13:49.602949+00'),
	(74, 'controlhub', '0042_new_tolerances', '2026-11-26 09:13:49.613775+00'),
	(75, 'controlhub', '0043_counts_by_place', '2026-11-26 09:13:49.84716+00'),
	(76, 'controlhub', '0044_indexes_of_queries', '2026-11-26 09:13:50.389349+00'),
	(77, 'controlhub', '0045_slots_of_positions', '2026-11-26 09:13:50.431928+00'),
	(78, 'controlhub', '0046_document_size', '2026-11-26 09:13:50.470314+00'),
	(79, 'controlhub', '0048_overdue_jobs', '2026-11-26 09:13:50.514625+00');

INSERT INTO public.mfa_authenticator VALUES
	(1, 'webauthn', '{"name": "Laptop", "credential": {"id": "4nQTNPWdEkjnwCBX3FqSkg", "type": "public-key", "rawId": "4nQTNPWdEkjnwCBX3FqSkg", "response": {"clientDataJSON": "eyJ0eXBlIjogIndlYmF1dGhuLmNyZWF0ZSIsICJjaGFsbGVuZ2UiOiAibm9uZSIsICJvcmlnaW4iOiAiaHR0cDovL2xvY2FsaG9zdDo4MDAwIiwgImNyb3NzT3JpZ2luIjogZmFsc2V9", "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViUSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAQAAAAAAAAAAAAAAAAAAAAAAEOJ0EzT1nRJI58AgV9xakpKlAQIDJiABIVggkDpoBm6lR9auDNaN8aVok2Qx3EqBsh-nRG_HBqkP_3siWCAhGvJIwNwPdIRqxNxTQRYEUmboRLJ-jkqb-OFU63J4Dw"}, "clientExtensionResults": {"credProps": {"rk": true}}}}', 1, '2026-11-26 09:14:05.576175+00', NULL);

INSERT INTO public.socialaccount_socialaccount VALUES
	(1, '01a21722-2d5e-7562-bf43-ff9610d7b0d2', 'neo-sub', '2026-11-26 09:14:05.54684+00', '2026-11-26 09:14:05.546871+00', '{}', 1);

SELECT pg_catalog.setval('public.account_emailaddress_id_seq', 1, false);

SELECT pg_catalog.setval('public.account_emailconfirmation_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_permission_id_seq', 136, true);

SELECT pg_catalog.setval('public.controlhub_account_id_seq', 2, true);

SELECT pg_catalog.setval('public.controlhub_membership_id_seq', 6, true);

SELECT pg_catalog.setval('public.controlhub_ordinal', 21, true);

SELECT pg_catalog.setval('public.controlhub_rowcount_id_seq', 5, true);

SELECT pg_catalog.setval('public.controlhub_schemaextension_id_seq', 1, false);

SELECT pg_catalog.setval('public.controlhub_uniquevalue_id_seq', 2, true);

SELECT pg_catalog.setval('public.django_content_type_id_seq', 34, true);

SELECT pg_catalog.setval('public.django_migrations_id_seq', 79, true);

SELECT pg_catalog.setval('public.mfa_authenticator_id_seq', 1, true);

SELECT pg_catalog.setval('public.socialaccount_socialaccount_id_seq', 1, true);

SELECT pg_catalog.setval('public.socialaccount_socialapp_id_seq', 1, false);

SELECT pg_catalog.setval('public.socialaccount_socialtoken_id_seq', 1, false);

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_auditevent
    ADD CONSTRAINT audit_auditevent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_auditseal
    ADD CONSTRAINT audit_auditseal_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.audit_auditseal
    ADD CONSTRAINT audit_seal_sequence UNIQUE (organization_id, sequence);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_accesstoken
    ADD CONSTRAINT controlhub_accesstoken_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.controlhub_accesstoken
    ADD CONSTRAINT controlhub_accesstoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_account
    ADD CONSTRAINT controlhub_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_account
    ADD CONSTRAINT controlhub_account_sign_in_key_key UNIQUE (sign_in_key);

ALTER TABLE ONLY public.controlhub_account
    ADD CONSTRAINT controlhub_account_user_id_key UNIQUE (user_id);

ALTER TABLE ONLY public.controlhub_cache
    ADD CONSTRAINT controlhub_cache_pkey PRIMARY KEY (cache_key);

ALTER TABLE ONLY public.controlhub_connection
    ADD CONSTRAINT controlhub_connection_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_customresourcetype
    ADD CONSTRAINT controlhub_customresourcetype_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_customschema
    ADD CONSTRAINT controlhub_customschema_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_group
    ADD CONSTRAINT controlhub_group_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_identityprovider
    ADD CONSTRAINT controlhub_identityprovider_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_invitation
    ADD CONSTRAINT controlhub_invitation_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.controlhub_invitation
    ADD CONSTRAINT controlhub_invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_invitation
    ADD CONSTRAINT controlhub_invitation_user_id_key UNIQUE (user_id);

ALTER TABLE ONLY public.controlhub_job
    ADD CONSTRAINT controlhub_job_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.controlhub_membership
    ADD CONSTRAINT controlhub_membership_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_organization
    ADD CONSTRAINT controlhub_organization_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_outgoingmail
    ADD CONSTRAINT controlhub_outgoingmail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_pageposition
    ADD CONSTRAINT controlhub_pageposition_pkey PRIMARY KEY (token_id, query);

ALTER TABLE ONLY public.controlhub_purgeduser
    ADD CONSTRAINT controlhub_purgeduser_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_purgerun
    ADD CONSTRAINT controlhub_purgerun_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_resource
    ADD CONSTRAINT controlhub_resource_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_rolemapping
    ADD CONSTRAINT controlhub_rolemapping_pkey PRIMARY KEY (group_id);

ALTER TABLE ONLY public.controlhub_rowcount
    ADD CONSTRAINT controlhub_rowcount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_schemaextension
    ADD CONSTRAINT controlhub_schemaextension_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_session
    ADD CONSTRAINT controlhub_session_pkey PRIMARY KEY (session_key);

ALTER TABLE ONLY public.controlhub_typedaddress
    ADD CONSTRAINT controlhub_typedaddress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_uniquevalue
    ADD CONSTRAINT controlhub_uniquevalue_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_user
    ADD CONSTRAINT controlhub_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_customschema
    ADD CONSTRAINT custom_schema_urn UNIQUE (organization_id, urn_key);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_membership
    ADD CONSTRAINT membership_user UNIQUE (group_id, user_id);

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_schemaextension
    ADD CONSTRAINT schema_extension_once UNIQUE (organization_id, resource_type, schema_id);

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_socialaccount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_socialaccount_provider_uid_fc810c6e_uniq UNIQUE (provider, uid);

ALTER TABLE ONLY public.socialaccount_socialapp
    ADD CONSTRAINT socialaccount_socialapp_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq UNIQUE (app_id, account_id);

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_socialtoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.controlhub_user
    ADD CONSTRAINT user_name_unique UNIQUE (organization_id, user_name_key);

CREATE INDEX account_emailaddress_email_03be32b2 ON public.account_emailaddress USING btree (email);

CREATE INDEX account_emailaddress_email_03be32b2_like ON public.account_emailaddress USING btree (email varchar_pattern_ops);

CREATE INDEX account_emailaddress_user_id_2c513194 ON public.account_emailaddress USING btree (user_id);

CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON public.account_emailconfirmation USING btree (email_address_id);

CREATE INDEX account_emailconfirmation_key_f43612bd_like ON public.account_emailconfirmation USING btree (key varchar_pattern_ops);

CREATE INDEX audit_newest ON public.audit_auditevent USING btree (organization_id, created_at DESC, id DESC);

CREATE INDEX audit_target ON public.audit_auditevent USING btree (organization_id, target_id, created_at DESC);

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);

CREATE INDEX controlhub_accesstoken_connection_id_37590272 ON public.controlhub_accesstoken USING btree (connection_id);

CREATE INDEX controlhub_accesstoken_organization_id_5d7a13bb ON public.controlhub_accesstoken USING btree (organization_id);

CREATE INDEX controlhub_accesstoken_user_id_2468e860 ON public.controlhub_accesstoken USING btree (user_id);

CREATE INDEX controlhub_account_sign_in_key_9d2bef9a_like ON public.controlhub_account USING btree (sign_in_key text_pattern_ops);

CREATE INDEX controlhub_cache_expires ON public.controlhub_cache USING btree (expires);

CREATE INDEX controlhub_connection_organization_id_08ea478f ON public.controlhub_connection USING btree (organization_id);

CREATE INDEX controlhub_customresourcetype_schema_id_ee17289b ON public.controlhub_customresourcetype USING btree (schema_id);

CREATE INDEX controlhub_identityprovider_organization_id_20e5a38d ON public.controlhub_identityprovider USING btree (organization_id);

CREATE INDEX controlhub_job_name_d9a50ec4_like ON public.controlhub_job USING btree (name varchar_pattern_ops);

CREATE INDEX controlhub_outgoingmail_organization_id_d48cf5b8 ON public.controlhub_outgoingmail USING btree (organization_id);

CREATE INDEX controlhub_purgerun_organization_id_1b8f9767 ON public.controlhub_purgerun USING btree (organization_id);

CREATE INDEX controlhub_schemaextension_schema_id_42352185 ON public.controlhub_schemaextension USING btree (schema_id);

CREATE INDEX controlhub_session_account_id_dd620232 ON public.controlhub_session USING btree (account_id);

CREATE INDEX controlhub_session_expire_date_3bbcc9f4 ON public.controlhub_session USING btree (expire_date);

CREATE INDEX controlhub_session_session_key_8afbbb87_like ON public.controlhub_session USING btree (session_key varchar_pattern_ops);

CREATE INDEX controlhub_uniquevalue_resource_id_81ce56bb ON public.controlhub_uniquevalue USING btree (resource_id);

CREATE UNIQUE INDEX custom_type_endpoint ON public.controlhub_customresourcetype USING btree (organization_id, lower(endpoint));

CREATE UNIQUE INDEX custom_type_name ON public.controlhub_customresourcetype USING btree (organization_id, lower(name));

CREATE INDEX group_display_name_order ON public.controlhub_group USING btree (organization_id, display_name_key, ordinal);

CREATE INDEX group_external_id ON public.controlhub_group USING btree (organization_id, external_id) WHERE (external_id IS NOT NULL);

CREATE INDEX group_page ON public.controlhub_group USING btree (organization_id, ordinal);

CREATE INDEX mail_to_send ON public.controlhub_outgoingmail USING btree (try_at) WHERE (try_at IS NOT NULL);

CREATE UNIQUE INDEX membership_child ON public.controlhub_membership USING btree (group_id, child_id) WHERE (child_id IS NOT NULL);

CREATE INDEX membership_of_child ON public.controlhub_membership USING btree (child_id, group_id) WHERE (child_id IS NOT NULL);

CREATE INDEX membership_of_user ON public.controlhub_membership USING btree (user_id, group_id) WHERE (user_id IS NOT NULL);

CREATE INDEX mfa_authenticator_user_id_0c3a50c0 ON public.mfa_authenticator USING btree (user_id);

CREATE INDEX purge_run_newest ON public.controlhub_purgerun USING btree (organization_id, changed_at DESC);

CREATE UNIQUE INDEX purge_run_open ON public.controlhub_purgerun USING btree (organization_id) WHERE ((state)::text = ANY ((ARRAY['staged'::character varying, 'allowed'::character varying, 'held'::character varying])::text[]));

CREATE INDEX purged_user_newest ON public.controlhub_purgeduser USING btree (organization_id, purged_at DESC);

CREATE INDEX resource_external_id ON public.controlhub_resource USING btree (organization_id, resource_type_id, external_id) WHERE (external_id IS NOT NULL);

CREATE INDEX resource_page ON public.controlhub_resource USING btree (organization_id, resource_type_id, ordinal);

CREATE INDEX row_count_of_bucket ON public.controlhub_rowcount USING btree (organization_id, kind, bucket);

CREATE INDEX socialaccount_socialaccount_user_id_8146e70c ON public.socialaccount_socialaccount USING btree (user_id);

CREATE INDEX socialaccount_socialtoken_account_id_951f210e ON public.socialaccount_socialtoken USING btree (account_id);

CREATE INDEX socialaccount_socialtoken_app_id_636a42d7 ON public.socialaccount_socialtoken USING btree (app_id);

CREATE INDEX token_expiry ON public.controlhub_accesstoken USING btree (expires_at);

CREATE UNIQUE INDEX unique_authenticator_type ON public.mfa_authenticator USING btree (user_id, type) WHERE ((type)::text = ANY ((ARRAY['totp'::character varying, 'recovery_codes'::character varying])::text[]));

CREATE UNIQUE INDEX unique_primary_email ON public.account_emailaddress USING btree (user_id, "primary") WHERE "primary";

CREATE UNIQUE INDEX unique_value_once ON public.controlhub_uniquevalue USING btree (organization_id, resource_type, attribute, key) WHERE (NOT set_aside);

CREATE UNIQUE INDEX unique_verified_email ON public.account_emailaddress USING btree (email) WHERE verified;

CREATE INDEX user_created_order ON public.controlhub_user USING btree (organization_id, created_at, ordinal) WHERE (NOT hidden);

CREATE INDEX user_display_name_order ON public.controlhub_user USING btree (organization_id, (
CASE
    WHEN (display_name = ''::text) THEN '1'::text
    ELSE ('0'::text || "left"(public.controlhub_fold(display_name), 256))
END) COLLATE "C", ordinal) WHERE (NOT hidden);

CREATE INDEX user_emails ON public.controlhub_user USING gin (emails) WITH (gin_pending_list_limit='64');

CREATE INDEX user_external_id ON public.controlhub_user USING btree (organization_id, external_id) WHERE (external_id IS NOT NULL);

CREATE INDEX user_family_name_order ON public.controlhub_user USING btree (organization_id, (
CASE
    WHEN (family_name = ''::text) THEN '1'::text
    ELSE ('0'::text || "left"(public.controlhub_fold(family_name), 256))
END) COLLATE "C", ordinal) WHERE (NOT hidden);

CREATE INDEX user_given_name_order ON public.controlhub_user USING btree (organization_id, (
CASE
    WHEN (given_name = ''::text) THEN '1'::text
    ELSE ('0'::text || "left"(public.controlhub_fold(given_name), 256))
END) COLLATE "C", ordinal) WHERE (NOT hidden);

CREATE INDEX user_page ON public.controlhub_user USING btree (organization_id, ordinal) WHERE (NOT hidden);

CREATE INDEX user_parts_of_names ON public.controlhub_user USING gin (public.controlhub_parts(organization_id, display_name, user_name_key, family_name, given_name)) WITH (fastupdate='on', gin_pending_list_limit='256');

CREATE INDEX user_retention ON public.controlhub_user USING btree (organization_id, deactivated_at) WHERE (NOT active);

CREATE INDEX user_revival ON public.controlhub_user USING btree (organization_id, connection_id, external_id) WHERE ((NOT active) AND (external_id IS NOT NULL) AND (original_user_name IS NULL));

CREATE INDEX user_to_review ON public.controlhub_user USING btree (organization_id) WHERE (NOT reviewed);

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_auditevent FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_auditseal FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON public.audit_auditevent FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON public.audit_auditseal FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();

CREATE TRIGGER count_access AFTER INSERT ON public.controlhub_accesstoken FOR EACH ROW WHEN ((new.user_id IS NOT NULL)) EXECUTE FUNCTION public.controlhub_access_of_user();

CREATE TRIGGER count_access AFTER INSERT ON public.controlhub_invitation FOR EACH ROW EXECUTE FUNCTION public.controlhub_access_of_user();

CREATE TRIGGER count_access AFTER INSERT ON public.controlhub_session FOR EACH ROW WHEN ((new.account_id IS NOT NULL)) EXECUTE FUNCTION public.controlhub_access_of_account();

CREATE TRIGGER count_access_later AFTER UPDATE OF account_id ON public.controlhub_session FOR EACH ROW WHEN (((new.account_id IS NOT NULL) AND (new.account_id IS DISTINCT FROM old.account_id))) EXECUTE FUNCTION public.controlhub_access_of_account();

CREATE TRIGGER count_added AFTER INSERT ON public.controlhub_group REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.controlhub_count_groups();

CREATE TRIGGER count_added AFTER INSERT ON public.controlhub_resource REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.controlhub_count_resources();

CREATE TRIGGER count_added AFTER INSERT ON public.controlhub_user REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.controlhub_count_users();

CREATE TRIGGER count_hidden AFTER UPDATE OF hidden ON public.controlhub_user FOR EACH ROW WHEN ((old.hidden IS DISTINCT FROM new.hidden)) EXECUTE FUNCTION public.controlhub_count_hidden();

CREATE TRIGGER count_removed AFTER DELETE ON public.controlhub_group REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.controlhub_count_groups();

CREATE TRIGGER count_removed AFTER DELETE ON public.controlhub_resource REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.controlhub_count_resources();

CREATE TRIGGER count_removed AFTER DELETE ON public.controlhub_user REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.controlhub_count_users();

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_controlhub_account_id FOREIGN KEY (user_id) REFERENCES public.controlhub_account(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES public.account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_accesstoken
    ADD CONSTRAINT controlhub_accesstok_connection_id_37590272_fk_controlhu FOREIGN KEY (connection_id) REFERENCES public.controlhub_connection(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_accesstoken
    ADD CONSTRAINT controlhub_accesstok_organization_id_5d7a13bb_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_accesstoken
    ADD CONSTRAINT controlhub_accesstoken_user_id_2468e860_fk_controlhub_user_id FOREIGN KEY (user_id) REFERENCES public.controlhub_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_account
    ADD CONSTRAINT controlhub_account_user_id_fae12159_fk_controlhub_user_id FOREIGN KEY (user_id) REFERENCES public.controlhub_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_connection
    ADD CONSTRAINT controlhub_connectio_organization_id_08ea478f_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_customresourcetype
    ADD CONSTRAINT controlhub_customres_organization_id_033b4638_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_customresourcetype
    ADD CONSTRAINT controlhub_customres_schema_id_ee17289b_fk_controlhu FOREIGN KEY (schema_id) REFERENCES public.controlhub_customschema(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_customschema
    ADD CONSTRAINT controlhub_customsch_organization_id_47c05aed_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_group
    ADD CONSTRAINT controlhub_group_organization_id_575698b2_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_identityprovider
    ADD CONSTRAINT controlhub_identityp_organization_id_20e5a38d_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_invitation
    ADD CONSTRAINT controlhub_invitation_user_id_6193c98c_fk_controlhub_user_id FOREIGN KEY (user_id) REFERENCES public.controlhub_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_membership
    ADD CONSTRAINT controlhub_membership_child_id_005efde3_fk_controlhub_group_id FOREIGN KEY (child_id) REFERENCES public.controlhub_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_membership
    ADD CONSTRAINT controlhub_membership_group_id_e6202595_fk_controlhub_group_id FOREIGN KEY (group_id) REFERENCES public.controlhub_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_membership
    ADD CONSTRAINT controlhub_membership_user_id_77fcae47_fk_controlhub_user_id FOREIGN KEY (user_id) REFERENCES public.controlhub_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_outgoingmail
    ADD CONSTRAINT controlhub_outgoingm_organization_id_d48cf5b8_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_purgeduser
    ADD CONSTRAINT controlhub_purgeduse_organization_id_f5c22f4d_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_purgerun
    ADD CONSTRAINT controlhub_purgerun_organization_id_1b8f9767_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_resource
    ADD CONSTRAINT controlhub_resource_organization_id_c62752bf_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_resource
    ADD CONSTRAINT controlhub_resource_resource_type_id_e76f0ac5_fk_controlhu FOREIGN KEY (resource_type_id) REFERENCES public.controlhub_customresourcetype(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_rolemapping
    ADD CONSTRAINT controlhub_rolemapping_group_id_2a5bfac6_fk_controlhub_group_id FOREIGN KEY (group_id) REFERENCES public.controlhub_group(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_schemaextension
    ADD CONSTRAINT controlhub_schemaext_organization_id_4d927243_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_schemaextension
    ADD CONSTRAINT controlhub_schemaext_schema_id_42352185_fk_controlhu FOREIGN KEY (schema_id) REFERENCES public.controlhub_customschema(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_session
    ADD CONSTRAINT controlhub_session_account_id_dd620232_fk_controlhub_account_id FOREIGN KEY (account_id) REFERENCES public.controlhub_account(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_uniquevalue
    ADD CONSTRAINT controlhub_uniqueval_organization_id_77391b70_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.controlhub_user
    ADD CONSTRAINT controlhub_user_organization_id_67591c49_fk_controlhu FOREIGN KEY (organization_id) REFERENCES public.controlhub_organization(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_user_id_0c3a50c0_fk_controlhub_account_id FOREIGN KEY (user_id) REFERENCES public.controlhub_account(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_social_account_id_951f210e_fk_socialacc FOREIGN KEY (account_id) REFERENCES public.socialaccount_socialaccount(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_social_app_id_636a42d7_fk_socialacc FOREIGN KEY (app_id) REFERENCES public.socialaccount_socialapp(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_social_user_id_8146e70c_fk_controlhu FOREIGN KEY (user_id) REFERENCES public.controlhub_account(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

