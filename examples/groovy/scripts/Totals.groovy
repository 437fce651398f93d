package src.main.resources.script

/** The lines of an order with what they cost. */
class Totals {
    private final List all

    Totals(List all) {
        this.all = all
    }

    List lines() {
        all.collect { [item: it.item.toUpperCase(), price: ((it.price as BigDecimal) * it.count).setScale(2)] }
    }

    BigDecimal sum() {
        lines().sum { it.price }
    }
}
