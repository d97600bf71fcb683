-- Words of a text for the search of products: lower case, apostrophes out, everything else that is no letter or
-- digit a space. Index and query use the same function.
CREATE FUNCTION search_words(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(translate(lower(given), '''’`', ''), '[^a-z0-9à-ɏ]+', ' ', 'g')
$$;
CREATE INDEX products_search_idx ON products USING gin (to_tsvector('simple'::regconfig, search_words(
    (((((COALESCE(set_code, ''::character varying)::text || ' '::text)
    || COALESCE(set_name, ''::character varying)::text) || ' '::text) || name::text) || ' '::text)
    || COALESCE(kind, ''::character varying)::text)));
CREATE INDEX products_name_id_idx ON products (name, id);

CREATE TABLE data_changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    scope VARCHAR(20) NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT data_changes_pkey PRIMARY KEY (id)
);
CREATE INDEX data_changes_changed_at_idx ON data_changes (changed_at);
COMMENT ON TABLE data_changes IS 'One row per statement that changed data which answers show; pruned after a day.';
COMMENT ON COLUMN data_changes.id IS 'Of the change.';
COMMENT ON COLUMN data_changes.scope IS 'Kind of data that a statement changed.';
COMMENT ON COLUMN data_changes.changed_at IS 'When.';

CREATE TABLE users (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    name VARCHAR(100) NOT NULL,
    kind VARCHAR(20) DEFAULT 'person' NOT NULL,
    role VARCHAR(20) NOT NULL,
    password_hash VARCHAR(300),
    oidc_issuer VARCHAR(300),
    oidc_subject VARCHAR(300),
    is_active BOOLEAN DEFAULT true NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE,
    erased_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_kind_check CHECK (kind IN ('person', 'program')),
    CONSTRAINT users_role_check CHECK (role IN ('viewer', 'buyer', 'operator', 'admin')),
    CONSTRAINT users_oidc_key UNIQUE (oidc_issuer, oidc_subject)
);
CREATE UNIQUE INDEX users_name_key ON users (lower(name));
COMMENT ON TABLE users IS 'Who may use the API.';
COMMENT ON COLUMN users.id IS 'Of the user.';
COMMENT ON COLUMN users.name IS 'Sign-in name; erasing an account replaces it.';
COMMENT ON COLUMN users.kind IS 'person, or program: has keys and never signs in.';
COMMENT ON COLUMN users.role IS 'viewer, buyer, operator or admin.';
COMMENT ON COLUMN users.password_hash IS 'argon2id; null: no sign-in by password.';
COMMENT ON COLUMN users.oidc_issuer IS 'OpenID Connect provider that the user signs in by.';
COMMENT ON COLUMN users.oidc_subject IS 'The user''s id there.';
COMMENT ON COLUMN users.is_active IS 'False: neither sessions nor keys are accepted.';
COMMENT ON COLUMN users.last_seen_at IS 'Last sign-in.';
COMMENT ON COLUMN users.erased_at IS 'When the account was erased on request.';
COMMENT ON COLUMN users.created_at IS 'When the row was first written.';
COMMENT ON COLUMN users.updated_at IS 'When a value of the row last changed.';

CREATE TABLE alert_rules (
    name VARCHAR(100) NOT NULL,
    rule JSONB NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    user_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT alert_rules_pkey PRIMARY KEY (name),
    CONSTRAINT alert_rules_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
COMMENT ON TABLE alert_rules IS 'Rules of alerts beside those of the rule file; the file''s rule of a name wins.';
COMMENT ON COLUMN alert_rules.name IS 'Of the rule.';
COMMENT ON COLUMN alert_rules.rule IS 'As in the rule file, without the name.';
COMMENT ON COLUMN alert_rules.is_active IS 'False: kept, and not evaluated.';
COMMENT ON COLUMN alert_rules.user_id IS 'Who changed it last.';
COMMENT ON COLUMN alert_rules.created_at IS 'When the row was first written.';
COMMENT ON COLUMN alert_rules.updated_at IS 'When a value of the row last changed.';

CREATE TABLE api_keys (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    user_id UUID NOT NULL,
    name VARCHAR(100) NOT NULL,
    prefix VARCHAR(16) NOT NULL,
    key_hash CHAR(64) NOT NULL,
    role VARCHAR(20) NOT NULL,
    scopes TEXT[] DEFAULT '{}' NOT NULL,
    rate_per_minute INTEGER,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_role_check CHECK (role IN ('viewer', 'buyer', 'operator', 'admin')),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash)
);
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id);
COMMENT ON TABLE api_keys IS 'API keys of programs; the key itself is not stored.';
COMMENT ON COLUMN api_keys.id IS 'Of the key.';
COMMENT ON COLUMN api_keys.user_id IS 'Whose key it is.';
COMMENT ON COLUMN api_keys.name IS 'What it is for.';
COMMENT ON COLUMN api_keys.prefix IS 'First characters of the key, to recognise it.';
COMMENT ON COLUMN api_keys.key_hash IS 'SHA-256 of the key, hexadecimal.';
COMMENT ON COLUMN api_keys.role IS 'At most the user''s role counts.';
COMMENT ON COLUMN api_keys.scopes IS 'Permissions it is limited to; empty: all of its role.';
COMMENT ON COLUMN api_keys.rate_per_minute IS 'Requests per minute; null: the server''s limit.';
COMMENT ON COLUMN api_keys.expires_at IS 'Not accepted from then on.';
COMMENT ON COLUMN api_keys.revoked_at IS 'When it was revoked.';
COMMENT ON COLUMN api_keys.last_used_at IS 'Last request, to the minute.';
COMMENT ON COLUMN api_keys.created_at IS 'When the row was first written.';

CREATE TABLE idempotency_keys (
    user_id UUID NOT NULL,
    key VARCHAR(200) NOT NULL,
    fingerprint CHAR(64) NOT NULL,
    status INTEGER NOT NULL,
    headers JSONB DEFAULT '{}' NOT NULL,
    body TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key),
    CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
COMMENT ON TABLE idempotency_keys IS 'Answers to writes, kept 24 hours for repeated requests.';
COMMENT ON COLUMN idempotency_keys.user_id IS 'Whose request.';
COMMENT ON COLUMN idempotency_keys.key IS 'The Idempotency-Key header.';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of method, path and body.';
COMMENT ON COLUMN idempotency_keys.status IS 'Status of the answer.';
COMMENT ON COLUMN idempotency_keys.headers IS 'Location and ETag of the answer.';
COMMENT ON COLUMN idempotency_keys.body IS 'Body of the answer, JSON.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'When the row was first written.';

CREATE TABLE parameter_values (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    group_name VARCHAR(80) NOT NULL,
    key VARCHAR(80) NOT NULL,
    value JSONB NOT NULL,
    valid_from DATE NOT NULL,
    source VARCHAR(500) NOT NULL,
    user_id UUID NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT parameter_values_pkey PRIMARY KEY (id),
    CONSTRAINT parameter_values_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX parameter_values_one_in_force ON parameter_values (group_name, key, valid_from) WHERE withdrawn_at IS NULL;
COMMENT ON TABLE parameter_values IS 'Parameters entered by administrators: they win over the shipped ones, the own file over them.';
COMMENT ON COLUMN parameter_values.id IS 'Of the value.';
COMMENT ON COLUMN parameter_values.group_name IS 'Group of the parameter.';
COMMENT ON COLUMN parameter_values.key IS 'Its key.';
COMMENT ON COLUMN parameter_values.value IS 'Its value.';
COMMENT ON COLUMN parameter_values.valid_from IS 'First day on which it holds.';
COMMENT ON COLUMN parameter_values.source IS 'Where it is from.';
COMMENT ON COLUMN parameter_values.user_id IS 'Who entered it.';
COMMENT ON COLUMN parameter_values.withdrawn_at IS 'When it was replaced by another of the same day.';
COMMENT ON COLUMN parameter_values.created_at IS 'When the row was first written.';

CREATE TABLE price_lists (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    user_id UUID NOT NULL,
    name VARCHAR(200) NOT NULL,
    status VARCHAR(20) DEFAULT 'queued' NOT NULL,
    options JSONB DEFAULT '{}' NOT NULL,
    file BYTEA,
    rows INTEGER,
    rows_done INTEGER DEFAULT 0 NOT NULL,
    valued INTEGER DEFAULT 0 NOT NULL,
    unmatched INTEGER DEFAULT 0 NOT NULL,
    worth_buying INTEGER DEFAULT 0 NOT NULL,
    error TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    heartbeat_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT price_lists_pkey PRIMARY KEY (id),
    CONSTRAINT price_lists_status_check CHECK (status IN ('queued', 'running', 'done', 'failed')),
    CONSTRAINT price_lists_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX price_lists_user_id_idx ON price_lists (user_id);
COMMENT ON TABLE price_lists IS 'Price lists that users uploaded.';
COMMENT ON COLUMN price_lists.id IS 'Of the list.';
COMMENT ON COLUMN price_lists.user_id IS 'Whose.';
COMMENT ON COLUMN price_lists.name IS 'Of the file.';
COMMENT ON COLUMN price_lists.status IS 'queued, running, done or failed.';
COMMENT ON COLUMN price_lists.options IS 'Channels, chance and day.';
COMMENT ON COLUMN price_lists.file IS 'As uploaded; removed with the list.';
COMMENT ON COLUMN price_lists.rows IS 'Rows read; null until it was read.';
COMMENT ON COLUMN price_lists.rows_done IS 'Rows with a result or a reason.';
COMMENT ON COLUMN price_lists.valued IS 'Rows with a result.';
COMMENT ON COLUMN price_lists.unmatched IS 'Rows without one product that they mean.';
COMMENT ON COLUMN price_lists.worth_buying IS 'Rows worth buying.';
COMMENT ON COLUMN price_lists.error IS 'Why it failed.';
COMMENT ON COLUMN price_lists.created_at IS 'When the row was first written.';
COMMENT ON COLUMN price_lists.started_at IS 'When its valuation began.';
COMMENT ON COLUMN price_lists.finished_at IS 'When it ended.';
COMMENT ON COLUMN price_lists.heartbeat_at IS 'Last sign of life of the process that values it.';

CREATE TABLE product_corrections (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    product_id UUID NOT NULL,
    field VARCHAR(40) NOT NULL,
    value VARCHAR(100),
    value_before VARCHAR(100),
    reason VARCHAR(500) NOT NULL,
    user_id UUID NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT product_corrections_pkey PRIMARY KEY (id),
    CONSTRAINT product_corrections_field_check CHECK (field IN ('tcg_product_id', 'ebay_product_id', 'amazon_asin')),
    CONSTRAINT product_corrections_product_id_fkey FOREIGN KEY(product_id) REFERENCES products (id),
    CONSTRAINT product_corrections_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX product_corrections_one_in_force ON product_corrections (product_id, field) WHERE withdrawn_at IS NULL;
CREATE INDEX product_corrections_product_id_idx ON product_corrections (product_id);
COMMENT ON TABLE product_corrections IS 'Ids corrected by a person; each load applies those in force.';
COMMENT ON COLUMN product_corrections.id IS 'Of the correction.';
COMMENT ON COLUMN product_corrections.product_id IS 'Which product.';
COMMENT ON COLUMN product_corrections.field IS 'tcg_product_id, ebay_product_id or amazon_asin.';
COMMENT ON COLUMN product_corrections.value IS 'What it is; null: the product has none.';
COMMENT ON COLUMN product_corrections.value_before IS 'What the source stated.';
COMMENT ON COLUMN product_corrections.reason IS 'Why.';
COMMENT ON COLUMN product_corrections.user_id IS 'Who.';
COMMENT ON COLUMN product_corrections.withdrawn_at IS 'Superseded by a later correction or taken back.';
COMMENT ON COLUMN product_corrections.created_at IS 'When the row was first written.';

CREATE TABLE sessions (
    token_hash CHAR(64) NOT NULL,
    user_id UUID NOT NULL,
    csrf_token VARCHAR(64) NOT NULL,
    method VARCHAR(20) NOT NULL,
    address VARCHAR(45),
    user_agent VARCHAR(200),
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (token_hash),
    CONSTRAINT sessions_method_check CHECK (method IN ('password', 'link', 'oidc')),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
COMMENT ON TABLE sessions IS 'Sessions of browsers; the token itself is not stored.';
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the cookie''s token, hexadecimal.';
COMMENT ON COLUMN sessions.user_id IS 'Who is signed in.';
COMMENT ON COLUMN sessions.csrf_token IS 'Has to come with each write of the session.';
COMMENT ON COLUMN sessions.method IS 'password, link or oidc.';
COMMENT ON COLUMN sessions.address IS 'Where the sign-in came from; removed after 90 days.';
COMMENT ON COLUMN sessions.user_agent IS 'Browser of the sign-in; removed after 90 days.';
COMMENT ON COLUMN sessions.expires_at IS 'Not accepted from then on.';
COMMENT ON COLUMN sessions.ended_at IS 'Sign-out, password change or erasure.';
COMMENT ON COLUMN sessions.created_at IS 'When the row was first written.';

CREATE TABLE sign_in_links (
    token_hash CHAR(64) NOT NULL,
    user_id UUID NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT sign_in_links_pkey PRIMARY KEY (token_hash),
    CONSTRAINT sign_in_links_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX sign_in_links_user_id_idx ON sign_in_links (user_id);
COMMENT ON TABLE sign_in_links IS 'One-time links.';
COMMENT ON COLUMN sign_in_links.token_hash IS 'SHA-256 of the token, hexadecimal.';
COMMENT ON COLUMN sign_in_links.user_id IS 'Whom it signs in.';
COMMENT ON COLUMN sign_in_links.expires_at IS 'Not accepted from then on.';
COMMENT ON COLUMN sign_in_links.used_at IS 'A link works once.';
COMMENT ON COLUMN sign_in_links.created_at IS 'When the row was first written.';

CREATE TABLE user_products (
    product_id UUID NOT NULL,
    user_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT user_products_pkey PRIMARY KEY (product_id),
    CONSTRAINT user_products_product_id_fkey FOREIGN KEY(product_id) REFERENCES products (id),
    CONSTRAINT user_products_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);
COMMENT ON TABLE user_products IS 'Products that a user created: a source''s reload leaves them alone.';
COMMENT ON COLUMN user_products.product_id IS 'Which product.';
COMMENT ON COLUMN user_products.user_id IS 'Who created it.';
COMMENT ON COLUMN user_products.created_at IS 'When the row was first written.';

CREATE TABLE audit_log (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    user_id UUID,
    api_key_id UUID,
    action VARCHAR(60) NOT NULL,
    object_type VARCHAR(40) NOT NULL,
    object_id VARCHAR(100),
    before JSONB,
    after JSONB,
    request_id VARCHAR(64),
    address VARCHAR(45),
    CONSTRAINT audit_log_pkey PRIMARY KEY (id),
    CONSTRAINT audit_log_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT audit_log_api_key_id_fkey FOREIGN KEY(api_key_id) REFERENCES api_keys (id)
);
CREATE INDEX audit_log_at_id_idx ON audit_log (at, id);
CREATE INDEX audit_log_object_type_object_id_idx ON audit_log (object_type, object_id);
CREATE INDEX audit_log_user_id_idx ON audit_log (user_id);
COMMENT ON TABLE audit_log IS 'Every write by a user; append-only, held by a trigger.';
COMMENT ON COLUMN audit_log.id IS 'Of the entry.';
COMMENT ON COLUMN audit_log.at IS 'When.';
COMMENT ON COLUMN audit_log.user_id IS 'Who; null: the command line, or a sign-in that failed.';
COMMENT ON COLUMN audit_log.api_key_id IS 'By which key, if by one.';
COMMENT ON COLUMN audit_log.action IS 'Operation of the API or the command line.';
COMMENT ON COLUMN audit_log.object_type IS 'Kind of the object.';
COMMENT ON COLUMN audit_log.object_id IS 'Its id.';
COMMENT ON COLUMN audit_log.before IS 'What changed, as it was.';
COMMENT ON COLUMN audit_log.after IS 'What changed, as it became.';
COMMENT ON COLUMN audit_log.request_id IS 'Of the request, as in logs and run tags.';
COMMENT ON COLUMN audit_log.address IS 'Where from; removed after 90 days.';

CREATE TABLE price_list_rows (
    price_list_id UUID NOT NULL,
    line INTEGER NOT NULL,
    given JSONB DEFAULT '{}' NOT NULL,
    state VARCHAR(20) NOT NULL,
    result JSONB DEFAULT '{}' NOT NULL,
    rank DOUBLE PRECISION,
    profit NUMERIC(14, 2),
    margin_percentage NUMERIC(14, 2),
    p_profit DOUBLE PRECISION,
    CONSTRAINT price_list_rows_pkey PRIMARY KEY (price_list_id, line),
    CONSTRAINT price_list_rows_state_check CHECK (state IN ('valued', 'unmatched', 'not_valued')),
    CONSTRAINT price_list_rows_price_list_id_fkey FOREIGN KEY(price_list_id) REFERENCES price_lists (id) ON DELETE CASCADE
);
COMMENT ON TABLE price_list_rows IS 'Rows of price lists with their results.';
COMMENT ON COLUMN price_list_rows.price_list_id IS 'Of which list.';
COMMENT ON COLUMN price_list_rows.line IS 'Line in the file.';
COMMENT ON COLUMN price_list_rows.given IS 'The row as read.';
COMMENT ON COLUMN price_list_rows.state IS 'valued, unmatched or not_valued.';
COMMENT ON COLUMN price_list_rows.result IS 'Figures or reason, as the API answers them.';
COMMENT ON COLUMN price_list_rows.rank IS 'P(profit) x profit; null without figures.';
COMMENT ON COLUMN price_list_rows.profit IS 'Of all pieces.';
COMMENT ON COLUMN price_list_rows.margin_percentage IS 'In % of the cost.';
COMMENT ON COLUMN price_list_rows.p_profit IS 'Probability of a profit.';

CREATE TABLE purchases (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    buyer_id UUID NOT NULL,
    opportunity_id UUID NOT NULL,
    product_id UUID NOT NULL,
    quantity INTEGER NOT NULL,
    price NUMERIC(12, 2) NOT NULL,
    forecast JSONB DEFAULT '{}' NOT NULL,
    notes VARCHAR(500),
    purchased_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_final BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT purchases_pkey PRIMARY KEY (id),
    CONSTRAINT purchases_positive_check CHECK (quantity > 0 AND price > 0),
    CONSTRAINT purchases_buyer_id_fkey FOREIGN KEY(buyer_id) REFERENCES users (id),
    CONSTRAINT purchases_opportunity_id_fkey FOREIGN KEY(opportunity_id) REFERENCES arbitrage_opportunities (id),
    CONSTRAINT purchases_product_id_fkey FOREIGN KEY(product_id) REFERENCES products (id)
);
CREATE INDEX purchases_buyer_id_idx ON purchases (buyer_id);
CREATE INDEX purchases_opportunity_id_idx ON purchases (opportunity_id);
COMMENT ON TABLE purchases IS 'What buyers bought, with the forecast of that moment.';
COMMENT ON COLUMN purchases.id IS 'Of the purchase.';
COMMENT ON COLUMN purchases.buyer_id IS 'Who bought.';
COMMENT ON COLUMN purchases.opportunity_id IS 'What it was based on.';
COMMENT ON COLUMN purchases.product_id IS 'The sealed product.';
COMMENT ON COLUMN purchases.quantity IS 'Pieces.';
COMMENT ON COLUMN purchases.price IS 'Paid per piece, landed, in US dollars.';
COMMENT ON COLUMN purchases.forecast IS 'The opportunity''s figures per piece at that time.';
COMMENT ON COLUMN purchases.notes IS 'The buyer''s.';
COMMENT ON COLUMN purchases.purchased_at IS 'When.';
COMMENT ON COLUMN purchases.is_final IS 'True: nothing of it is left to sell.';
COMMENT ON COLUMN purchases.created_at IS 'When the row was first written.';
COMMENT ON COLUMN purchases.updated_at IS 'When a value of the row last changed.';

CREATE TABLE sales (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    purchase_id UUID NOT NULL,
    proceeds NUMERIC(14, 2) NOT NULL,
    sold_on DATE NOT NULL,
    channel VARCHAR(80),
    description VARCHAR(500),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT sales_pkey PRIMARY KEY (id),
    CONSTRAINT sales_proceeds_check CHECK (proceeds >= 0),
    CONSTRAINT sales_purchase_id_fkey FOREIGN KEY(purchase_id) REFERENCES purchases (id)
);
CREATE INDEX sales_purchase_id_idx ON sales (purchase_id);
COMMENT ON TABLE sales IS 'Proceeds from purchases.';
COMMENT ON COLUMN sales.id IS 'Of the sale.';
COMMENT ON COLUMN sales.purchase_id IS 'Of which purchase.';
COMMENT ON COLUMN sales.proceeds IS 'Net of fees and postage, in US dollars.';
COMMENT ON COLUMN sales.sold_on IS 'When.';
COMMENT ON COLUMN sales.channel IS 'Where.';
COMMENT ON COLUMN sales.description IS 'What.';
COMMENT ON COLUMN sales.created_at IS 'When the row was first written.';

-- Which kind of data a statement changed: cached answers stand as long as this table does.
CREATE FUNCTION record_data_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO data_changes (scope) VALUES (TG_ARGV[0]);
    RETURN NULL;
END $$;

CREATE TRIGGER products_changed AFTER INSERT OR UPDATE OR DELETE ON products
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('catalogue');
CREATE TRIGGER product_singles_changed AFTER INSERT OR UPDATE OR DELETE ON product_singles
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('catalogue');
CREATE TRIGGER product_corrections_changed AFTER INSERT OR UPDATE OR DELETE ON product_corrections
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('catalogue');
CREATE TRIGGER user_products_changed AFTER INSERT OR UPDATE OR DELETE ON user_products
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('catalogue');
CREATE TRIGGER price_history_changed AFTER INSERT OR UPDATE OR DELETE ON price_history
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('prices');
CREATE TRIGGER load_ledger_changed AFTER INSERT OR UPDATE OR DELETE ON load_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('prices');
CREATE TRIGGER sealed_valuations_changed AFTER INSERT OR UPDATE OR DELETE ON sealed_valuations
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('analysis');
CREATE TRIGGER valuation_singles_changed AFTER INSERT OR UPDATE OR DELETE ON valuation_singles
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('analysis');
CREATE TRIGGER arbitrage_opportunities_changed AFTER INSERT OR UPDATE OR DELETE ON arbitrage_opportunities
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('opportunities');
CREATE TRIGGER opportunity_events_changed AFTER INSERT OR UPDATE OR DELETE ON opportunity_events
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('opportunities');
CREATE TRIGGER purchases_changed AFTER INSERT OR UPDATE OR DELETE ON purchases
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('buyers');
CREATE TRIGGER sales_changed AFTER INSERT OR UPDATE OR DELETE ON sales
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('buyers');
CREATE TRIGGER price_lists_changed AFTER INSERT OR UPDATE OR DELETE ON price_lists
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('buyers');
CREATE TRIGGER price_list_rows_changed AFTER INSERT OR UPDATE OR DELETE ON price_list_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('buyers');
CREATE TRIGGER parameter_values_changed AFTER INSERT OR UPDATE OR DELETE ON parameter_values
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('settings');
CREATE TRIGGER alert_rules_changed AFTER INSERT OR UPDATE OR DELETE ON alert_rules
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('settings');
CREATE TRIGGER users_changed AFTER INSERT OR UPDATE OF name, role, is_active, password_hash, erased_at OR DELETE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('access');
CREATE TRIGGER api_keys_changed AFTER INSERT OR UPDATE OF role, scopes, rate_per_minute, expires_at, revoked_at OR DELETE ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('access');
CREATE TRIGGER sessions_changed AFTER INSERT OR UPDATE OF ended_at, expires_at OR DELETE ON sessions
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('access');
CREATE TRIGGER audit_log_changed AFTER INSERT OR UPDATE OR DELETE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION record_data_change('audit');

-- The audit log is never altered: only addresses leave it, after 90 days.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.address IS NULL
        AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_log is append-only';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_log_not_truncated BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

