-- The sample shop 榛屿商城. Amounts are in yuan, times are the shop's local time (YYYY-MM-DD HH:MM:SS).

CREATE TABLE regions (
    region_id INTEGER PRIMARY KEY, -- 地区编号
    area TEXT NOT NULL, -- 大区
    province TEXT NOT NULL UNIQUE -- 省份
);

CREATE TABLE customers (
    customer_id TEXT PRIMARY KEY, -- 会员编号
    name TEXT NOT NULL, -- 姓名
    gender TEXT NOT NULL CHECK (gender IN ('男', '女')), -- 性别
    phone TEXT NOT NULL, -- 手机号
    email TEXT NOT NULL, -- 邮箱
    region_id INTEGER NOT NULL REFERENCES regions (region_id), -- 所在地区
    city TEXT NOT NULL, -- 城市
    level TEXT NOT NULL CHECK (level IN ('普通会员', '银卡会员', '金卡会员')), -- 会员等级
    points INTEGER NOT NULL, -- 积分
    balance NUMERIC(10, 2) NOT NULL, -- 礼品卡余额
    registered_on DATE NOT NULL -- 注册日期
);

CREATE TABLE products (
    product_id TEXT PRIMARY KEY, -- 型号
    name TEXT NOT NULL, -- 商品名称
    category TEXT NOT NULL, -- 品类
    price NUMERIC(10, 2) NOT NULL, -- 价格
    cost NUMERIC(10, 2) NOT NULL, -- 成本
    stock INTEGER NOT NULL, -- 库存
    sale_status TEXT NOT NULL CHECK (sale_status IN ('现货', '预售')) -- 销售状态
);

CREATE TABLE orders (
    order_id TEXT PRIMARY KEY, -- 订单号
    customer_id TEXT NOT NULL REFERENCES customers (customer_id), -- 会员编号
    region_id INTEGER NOT NULL REFERENCES regions (region_id), -- 收货地区
    channel TEXT NOT NULL CHECK (channel IN ('App', '网站', '微信小程序')), -- 下单渠道
    status TEXT NOT NULL CHECK (status IN ('待付款', '待发货', '已发货', '已签收', '已完成', '已取消')), -- 订单状态
    payment_method TEXT NOT NULL CHECK (payment_method IN ('微信支付', '支付宝', '银行卡', '礼品卡余额')), -- 支付方式
    goods_amount NUMERIC(10, 2) NOT NULL, -- 商品金额
    discount_amount NUMERIC(10, 2) NOT NULL, -- 优惠金额
    shipping_fee NUMERIC(10, 2) NOT NULL, -- 运费
    paid_amount NUMERIC(10, 2) NOT NULL, -- 实付金额
    receiver_name TEXT NOT NULL, -- 收货人
    receiver_phone TEXT NOT NULL, -- 收货手机号
    receiver_address TEXT NOT NULL, -- 收货地址
    ordered_at DATETIME NOT NULL, -- 下单时间
    shipped_at DATETIME, -- 发货时间
    delivered_at DATETIME -- 签收时间
);

CREATE TABLE order_items (
    order_item_id INTEGER PRIMARY KEY, -- 明细编号
    order_id TEXT NOT NULL REFERENCES orders (order_id), -- 订单号
    product_id TEXT NOT NULL REFERENCES products (product_id), -- 型号
    quantity INTEGER NOT NULL, -- 数量
    unit_price NUMERIC(10, 2) NOT NULL, -- 成交单价
    item_amount NUMERIC(10, 2) NOT NULL -- 明细金额
);

CREATE TABLE shipments (
    shipment_id TEXT PRIMARY KEY, -- 运单号
    order_id TEXT NOT NULL REFERENCES orders (order_id), -- 订单号
    carrier TEXT NOT NULL, -- 快递公司
    warehouse TEXT NOT NULL, -- 发货仓
    status TEXT NOT NULL CHECK (status IN ('已揽收', '运输中', '派送中', '已签收')), -- 物流状态
    shipped_at DATETIME NOT NULL, -- 发货时间
    expected_on DATE NOT NULL, -- 预计送达日期
    delivered_at DATETIME -- 签收时间
);

CREATE TABLE shipment_events (
    shipment_event_id INTEGER PRIMARY KEY, -- 轨迹编号
    shipment_id TEXT NOT NULL REFERENCES shipments (shipment_id), -- 运单号
    happened_at DATETIME NOT NULL, -- 时间
    place TEXT NOT NULL, -- 地点
    description TEXT NOT NULL -- 物流轨迹
);

CREATE TABLE returns (
    return_id TEXT PRIMARY KEY, -- 退货单号
    order_id TEXT NOT NULL REFERENCES orders (order_id), -- 订单号
    reason TEXT NOT NULL, -- 退货原因
    status TEXT NOT NULL CHECK (status IN ('待审核', '待寄回', '验货中', '已退款', '已取消', '已拒绝')), -- 退货状态
    refund_amount NUMERIC(10, 2) NOT NULL, -- 退款金额
    requested_at DATETIME NOT NULL, -- 申请时间
    closed_at DATETIME -- 结束时间
);

CREATE TABLE transactions (
    transaction_id TEXT PRIMARY KEY, -- 流水号
    customer_id TEXT NOT NULL REFERENCES customers (customer_id), -- 会员编号
    order_id TEXT REFERENCES orders (order_id), -- 订单号
    kind TEXT NOT NULL CHECK (kind IN ('消费', '退款', '充值')), -- 交易类型
    payment_method TEXT NOT NULL, -- 支付方式
    amount NUMERIC(10, 2) NOT NULL, -- 金额（支出为负）
    happened_at DATETIME NOT NULL -- 交易时间
);

CREATE TABLE confirmations (
    token TEXT PRIMARY KEY, -- 确认令牌
    return_id TEXT NOT NULL REFERENCES returns (return_id) -- 退货单号
);

CREATE INDEX orders_by_customer ON orders (customer_id, ordered_at);
CREATE INDEX orders_by_time ON orders (ordered_at);
CREATE INDEX order_items_by_order ON order_items (order_id);
CREATE INDEX order_items_by_product ON order_items (product_id);
CREATE INDEX shipments_by_order ON shipments (order_id);
CREATE INDEX shipment_events_by_shipment ON shipment_events (shipment_id, happened_at);
-- One open return per order, whoever asks at the same time.
CREATE UNIQUE INDEX one_open_return ON returns (order_id) WHERE status IN ('待审核', '待寄回', '验货中');
CREATE INDEX transactions_by_customer ON transactions (customer_id, happened_at);
