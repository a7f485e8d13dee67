"""Which request does what, and how things look as JSON."""

from urllib.parse import parse_qs, unquote, urlsplit

from shop import __version__, coupons, fields, sales
from shop.errors import ShopError, invalid


def dispatch(shop, method, target, headers, body):
    """Returns (status, object)."""
    url = urlsplit(target)
    path = [unquote(part) for part in url.path.strip("/").split("/")]
    allowed = False
    for route_method, pattern, handler in ROUTES:
        args = _match(pattern.split("/"), path)
        if args is None:
            continue
        allowed = True
        if route_method == method:
            request = Request(headers, dict(parse_qs(url.query)), body)
            return handler(shop, request, *args)
    if allowed:
        raise ShopError(405, "method_not_allowed", f"{method} does not work here")
    raise ShopError(404, "not_found", f"nothing at {url.path}")


class Request:
    def __init__(self, headers, query, body):
        self.headers = headers
        self.query = query
        self.body = body

    def cart_id(self):
        value = self.query.get("cart", [""])[0]
        if not _is_id(value):
            raise invalid("say which cart: ?cart=ID")
        return int(value)


def _match(pattern, path):
    """The arguments if `path` fits: `:name` takes any segment, `#name` a whole number."""
    if len(pattern) != len(path):
        return None
    args = []
    for want, got in zip(pattern, path):
        if want.startswith("#"):
            if not _is_id(got):
                return None
            args.append(int(got))
        elif want.startswith(":"):
            if not got:
                return None
            args.append(got)
        elif want != got:
            return None
    return args


def _is_id(text):
    return text.isdecimal() and len(text) < 16


# -- catalogue and sales


def put_product(shop, request, sku):
    product, created = shop.catalogue.put(sku, request.body)
    return 201 if created else 200, _product(shop, product)


def get_product(shop, request, sku):
    return 200, _product(shop, shop.catalogue.get(sku))


def list_products(shop, request):
    return 200, {"products": [_product(shop, product) for product in shop.catalogue.all()]}


def _product(shop, product):
    sale = shop.promos.current(product.sku, shop.clock.now())
    return {
        "sku": product.sku,
        "name": product.name,
        "price_cents": product.price_cents,
        "floor_cents": product.floor_cents,
        "stock": product.stock,
        "current_price_cents": sale.price_cents if sale else product.price_cents,
        "sale": {"id": sale.sale_id, "ends_at": sale.ends_at} if sale else None,
    }


def post_sale(shop, request):
    return 201, sales.as_json(shop.sales.create(request.body))


def get_sale(shop, request, sale_id):
    return 200, sales.as_json(shop.sales.get(sale_id))


def patch_sale(shop, request, sale_id):
    return 200, sales.as_json(shop.sales.change(sale_id, request.body))


def put_coupon(shop, request, code):
    coupon, created = shop.coupons.put(code, request.body)
    return 201 if created else 200, coupons.as_json(coupon)


def get_coupon(shop, request, code):
    return 200, coupons.as_json(shop.coupons.get(code))


# -- carts and checkout


def post_cart(shop, request):
    cart_id = shop.carts.create(request.body)
    return 201, _cart(shop, shop.carts.get(cart_id))


def get_cart(shop, request, cart_id):
    return 200, _cart(shop, shop.carts.get(cart_id))


def post_line(shop, request, cart_id):
    shop.carts.add_line(cart_id, request.body)
    return 200, _cart(shop, shop.carts.get(cart_id))


def delete_line(shop, request, cart_id, sku):
    shop.carts.remove_line(cart_id, sku)
    return 200, _cart(shop, shop.carts.get(cart_id))


def put_cart_coupon(shop, request, cart_id):
    coupon = shop.coupons.usable(fields.text(request.body, "code"))
    shop.carts.set_coupon(cart_id, coupon.code)
    return 200, _cart(shop, shop.carts.get(cart_id))


def delete_cart_coupon(shop, request, cart_id):
    shop.carts.set_coupon(cart_id, None)
    return 200, _cart(shop, shop.carts.get(cart_id))


def post_checkout(shop, request, cart_id):
    key = request.headers.get("idempotency-key")
    return 201, shop.checkout.place(cart_id, key, request.body)


def _cart(shop, cart):
    if cart.status != "open":
        return _ordered_cart(shop, cart)
    quote = shop.pricing.quote(cart)
    return {
        "id": cart.id,
        "customer": cart.customer,
        "status": cart.status,
        "order_id": None,
        "coupon": cart.coupon_code,
        "lines": [
            {
                "sku": line.sku,
                "qty": line.qty,
                "unit_cents": line.unit_cents,
                "price_source": line.price_source,
                "held_until": line.held_until,
                "gross_cents": line.gross_cents,
                "discount_cents": line.discount_cents,
                "net_cents": line.net_cents,
            }
            for line in quote.lines
        ],
        "subtotal_cents": quote.subtotal_cents,
        "discount_cents": quote.discount_cents,
        "shipping_cents": quote.shipping_cents,
        "total_cents": quote.total_cents,
    }


def _ordered_cart(shop, cart):
    order = shop.orders.as_json(cart.order_id)
    lines = [
        {
            "sku": line["sku"],
            "qty": line["qty"],
            "unit_cents": line["unit_cents"],
            "price_source": line["price_source"],
            "held_until": None,
            "gross_cents": line["gross_cents"],
            "discount_cents": line["discount_cents"],
            "net_cents": line["net_cents"],
        }
        for line in order["lines"]
    ]
    return {
        "id": cart.id,
        "customer": cart.customer,
        "status": cart.status,
        "order_id": cart.order_id,
        "coupon": order["coupon"],
        "lines": lines,
        "subtotal_cents": order["subtotal_cents"],
        "discount_cents": order["discount_cents"],
        "shipping_cents": order["shipping_cents"],
        "total_cents": order["total_cents"],
    }


# -- orders and the books


def get_order(shop, request, order_id):
    return 200, shop.orders.as_json(order_id)


def post_capture(shop, request, order_id):
    shop.orders.capture(order_id)
    return 200, shop.orders.as_json(order_id)


def post_cancel(shop, request, order_id):
    shop.orders.cancel(order_id)
    return 200, shop.orders.as_json(order_id)


def post_refund(shop, request, order_id):
    shop.orders.refund(order_id, request.body)
    return 200, shop.orders.as_json(order_id)


def get_order_ledger(shop, request, order_id):
    shop.orders.as_json(order_id)  # 404 for an order that never was
    return 200, {"entries": shop.ledger.of_order(order_id)}


def get_balance(shop, request):
    return 200, shop.ledger.balance()


def get_events(shop, request):
    return 200, {"events": shop.events.of_cart(request.cart_id())}


# -- operations


def get_health(shop, request):
    return 200, {"status": "ok", "version": __version__}


def get_clock(shop, request):
    return 200, {"now": shop.clock.now()}


def post_clock(shop, request):
    shop.clock.set(fields.whole(request.body, "now", default=None))
    return 200, {"now": shop.clock.now()}


def get_metrics(shop, request):
    return 200, {"promo_cache_entries": shop.promos.size()}


def get_provider(shop, request):
    return 200, {"charges": shop.payments.of_cart(request.cart_id())}


ROUTES = [
    ("GET", "health", get_health),
    ("GET", "products", list_products),
    ("GET", "products/:sku", get_product),
    ("PUT", "products/:sku", put_product),
    ("POST", "sales", post_sale),
    ("GET", "sales/#id", get_sale),
    ("PATCH", "sales/#id", patch_sale),
    ("GET", "coupons/:code", get_coupon),
    ("PUT", "coupons/:code", put_coupon),
    ("POST", "carts", post_cart),
    ("GET", "carts/#id", get_cart),
    ("POST", "carts/#id/lines", post_line),
    ("DELETE", "carts/#id/lines/:sku", delete_line),
    ("PUT", "carts/#id/coupon", put_cart_coupon),
    ("DELETE", "carts/#id/coupon", delete_cart_coupon),
    ("POST", "carts/#id/checkout", post_checkout),
    ("GET", "orders/#id", get_order),
    ("POST", "orders/#id/capture", post_capture),
    ("POST", "orders/#id/cancel", post_cancel),
    ("POST", "orders/#id/refund", post_refund),
    ("GET", "ledger/orders/#id", get_order_ledger),
    ("GET", "ledger/balance", get_balance),
    ("GET", "events", get_events),
    ("GET", "debug/clock", get_clock),
    ("POST", "debug/clock", post_clock),
    ("GET", "debug/metrics", get_metrics),
    ("GET", "debug/provider", get_provider),
]
