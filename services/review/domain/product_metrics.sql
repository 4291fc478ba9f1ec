-- The product metrics of a month for each circle: metric, circle_id, numerator, denominator, people.
-- The same definitions as product_metrics.py, in the SQL that Athena and DuckDB share, over a table `facts` with the columns of
-- `Fact`. `params` has one row with `starts_on`, the first day of the month. Repeats and older versions in the table change nothing.
WITH ranked AS (
    SELECT f.*, row_number() OVER (PARTITION BY circle_id, kind, key ORDER BY version DESC) AS place FROM facts f
),
newest AS (SELECT * FROM ranked WHERE place = 1 AND counts),
ended AS (SELECT circle_id, key FROM ranked WHERE place = 1 AND kind = 'ended' AND NOT counts),
suspected AS (SELECT circle_id, key FROM ranked WHERE place = 1 AND kind = 'suspected' AND NOT counts),
p AS (
    SELECT starts_on AS m0, starts_on - INTERVAL '1' MONTH AS m1, starts_on - INTERVAL '2' MONTH AS m2,
        starts_on + INTERVAL '1' MONTH AS n1
    FROM params
),
active AS (SELECT newest.*, p.* FROM newest, p WHERE kind = 'active' AND day >= p.m2 AND day < p.n1),
opened AS (SELECT newest.*, p.* FROM newest, p WHERE kind = 'opened' AND day >= p.m2 AND day < p.n1),
joined AS (SELECT newest.*, p.* FROM newest, p WHERE kind = 'joined' AND day >= p.m2 AND day < p.n1),
comments AS (SELECT newest.*, p.* FROM newest, p WHERE kind = 'comment' AND day >= p.m2),
orders AS (
    SELECT o.*, p.* FROM newest o LEFT JOIN suspected s ON s.circle_id = o.circle_id AND s.key = o.key CROSS JOIN p
    WHERE o.kind = 'order' AND s.key IS NULL AND o.day >= p.m2 AND o.day < p.n1
),
notes AS (
    SELECT n.*, p.* FROM newest n LEFT JOIN ended e ON e.circle_id = n.circle_id AND e.key = n.key CROSS JOIN p
    WHERE n.kind = 'note' AND e.key IS NULL AND n.day >= p.m2 AND n.day < p.n1
),
chatters AS (SELECT circle_id, "user", max(CASE WHEN day >= m0 THEN 1 ELSE 0 END) AS now_active FROM active GROUP BY 1, 2),
readers AS (
    SELECT o.circle_id, o."user", count(*) AS days, max(coalesce(c.now_active, 0)) AS now_active
    FROM opened o LEFT JOIN chatters c ON c.circle_id = o.circle_id AND c."user" = o."user" WHERE o.day >= o.m0 GROUP BY 1, 2
),
present AS (
    SELECT circle_id, "user" FROM active WHERE day >= m0 UNION SELECT circle_id, "user" FROM opened WHERE day >= m0
),
buyers AS (
    SELECT o.circle_id, o."user", count(*) AS orders, max(CASE WHEN c."user" IS NULL THEN 0 ELSE 1 END) AS chats
    FROM orders o LEFT JOIN chatters c ON c.circle_id = o.circle_id AND c."user" = o."user" GROUP BY 1, 2
),
touches AS (
    SELECT circle_id, "user", day, 7 AS days FROM active
    UNION ALL SELECT circle_id, "user", day, 30 AS days FROM opened
    UNION ALL SELECT circle_id, "user", day, 30 AS days FROM comments
),
closed AS (
    SELECT o.circle_id, o.key, o."user", count(t.day) AS touches FROM orders o
    LEFT JOIN touches t ON t.circle_id = o.circle_id AND t."user" = o."user" AND t.day <= o.day
        AND date_diff('day', t.day, o.day) <= t.days
    WHERE o.day >= o.m0 GROUP BY 1, 2, 3
),
first_notes AS (
    SELECT n.* FROM (
        SELECT notes.*, row_number() OVER (PARTITION BY circle_id, "user" ORDER BY "at", key) AS nth FROM notes
    ) n
    WHERE n.nth = 1 AND n.day >= n.m0
        AND EXISTS (SELECT 1 FROM joined j WHERE j.circle_id = n.circle_id AND j."user" = n."user")
),
replies AS (
    SELECT n.circle_id, n.key, count(c.key) AS replies FROM first_notes n
    LEFT JOIN comments c ON c.circle_id = n.circle_id AND c.subject = n.key AND c."user" <> n."user"
        AND c."at" - n."at" BETWEEN 0 AND 86400000
    GROUP BY 1, 2
),
cohorts AS (
    SELECT DISTINCT j.circle_id, j."user", CASE WHEN j.day >= j.m1 THEN 1 ELSE 2 END AS months FROM joined j WHERE j.day < j.m0
),
retained AS (
    SELECT c.circle_id, c.months, count(*) AS size, count(r."user") AS retained FROM cohorts c
    LEFT JOIN present r ON r.circle_id = c.circle_id AND r."user" = c."user" GROUP BY 1, 2
),
authors AS (
    SELECT circle_id, count(DISTINCT "user") AS people FROM (
        SELECT circle_id, "user" FROM notes WHERE day >= m0
        UNION ALL SELECT circle_id, "user" FROM comments WHERE day >= m0 AND day < n1
    ) a GROUP BY 1
),
note_sums AS (
    SELECT circle_id, count(*) AS notes, sum(number) AS pictures, count(DISTINCT "user") AS people FROM notes WHERE day >= m0
    GROUP BY 1
),
comment_sums AS (SELECT circle_id, count(*) AS comments FROM comments WHERE day >= m0 AND day < n1 GROUP BY 1),
chats AS (
    SELECT circle_id, count_if(day >= m0) AS days, count_if(day >= m1 AND day < m0) AS days_before,
        count(DISTINCT CASE WHEN day >= m0 THEN "user" END) AS people,
        count(DISTINCT CASE WHEN day >= m1 AND day < m0 THEN "user" END) AS people_before
    FROM active GROUP BY 1
),
presence AS (SELECT circle_id, count(*) AS people FROM present GROUP BY 1),
circles AS (
    SELECT n.circle_id, n.number, CASE WHEN date_diff('day', n.day, p.n1) >= 90 THEN 1 ELSE 0 END AS is_old,
        coalesce(r.people, 0) AS people
    FROM newest n CROSS JOIN p LEFT JOIN presence r ON r.circle_id = n.circle_id WHERE n.kind = 'circle'
),
chat_opens AS (
    SELECT c.circle_id, sum(coalesce(r.days, 0)) AS days, count(*) AS people FROM chatters c
    LEFT JOIN readers r ON r.circle_id = c.circle_id AND r."user" = c."user" WHERE c.now_active = 1 GROUP BY 1
)
SELECT 'repurchase' AS metric, circle_id, count_if(orders >= 2) AS numerator, count(*) AS denominator, count(*) AS people
FROM buyers GROUP BY circle_id
UNION ALL SELECT 'chat_repurchase', circle_id, count_if(orders >= 2), count(*), count(*) FROM buyers WHERE chats = 1 GROUP BY circle_id
UNION ALL SELECT 'closed_loop', circle_id, count_if(touches > 0), count(*), count(DISTINCT "user") FROM closed GROUP BY circle_id
UNION ALL SELECT 'interest_chats', c.circle_id, CASE WHEN n.number > 0 THEN c.days ELSE 0 END, c.days, c.people
FROM chats c LEFT JOIN circles n ON n.circle_id = c.circle_id
UNION ALL SELECT 'chat_opens', circle_id, days, people, people FROM chat_opens
UNION ALL SELECT 'other_opens', circle_id, sum(days), count(*), count(*) FROM readers WHERE now_active = 0 GROUP BY circle_id
UNION ALL SELECT 'comments_per_note', a.circle_id, coalesce(c.comments, 0), coalesce(n.notes, 0), a.people
FROM authors a LEFT JOIN comment_sums c ON c.circle_id = a.circle_id LEFT JOIN note_sums n ON n.circle_id = a.circle_id
UNION ALL SELECT 'pictures_per_note', circle_id, pictures, notes, people FROM note_sums
UNION ALL SELECT 'chat_growth', circle_id, days, days_before, least(people, people_before) FROM chats
UNION ALL SELECT 'first_reply', circle_id, count_if(replies > 0), count(*), count(*) FROM replies GROUP BY circle_id
UNION ALL SELECT 'retention_after_1_month', circle_id, retained, size, size FROM retained WHERE months = 1
UNION ALL SELECT 'retention_after_2_months', circle_id, retained, size, size FROM retained WHERE months = 2
UNION ALL SELECT 'survival', circle_id, CASE WHEN is_old = 1 AND people >= 5 THEN 1 ELSE 0 END, is_old, people FROM circles
