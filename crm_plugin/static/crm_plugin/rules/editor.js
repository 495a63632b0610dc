/* The rule editor: a condition shows only the fields that play a part. */
(() => {
    const { StreamBlockDefinition, StructBlockDefinition } = window.wagtailStreamField.blocks;

    class ConditionRow {
        constructor(element, names, data) {
            this.element = element;
            this.names = names;
            this.data = data;
            element.addEventListener('change', () => this.update());
            this.update();
        }

        wrapper(name) {
            return this.element.querySelector(`:scope > [data-contentpath="${name}"]`);
        }

        control(name) {
            return this.wrapper(name)?.querySelector('select, input, textarea');
        }

        update() {
            if (this.data.operators) this.fitToAttribute();
            this.names.forEach((name) => {
                const needs = Object.entries(this.data.shown[name] || {});
                const shown = needs.every(([other, allowed]) =>
                    allowed.includes(this.control(other)?.value),
                );
                const wrapper = this.wrapper(name);
                if (wrapper) wrapper.hidden = !shown;
            });
        }

        /* Operators and choices that fit the chosen attribute. */
        fitToAttribute() {
            const attribute = this.control('attribute').value;
            if (attribute && !(attribute in this.data.operators)) return;
            const allowed = this.data.operators[attribute] || [];
            const select = this.control('operator');
            [...select.options].forEach((option) => {
                const fits = option.value === '' || allowed.includes(option.value);
                option.hidden = !fits;
                option.disabled = !fits;
            });
            if (select.value && !allowed.includes(select.value)) select.value = '';
            if (!select.value && allowed.length) [select.value] = allowed;
            this.tickOnlyChoicesOf(attribute);
        }

        tickOnlyChoicesOf(attribute) {
            const boxes = this.wrapper('choices').querySelectorAll('input[type=checkbox]');
            boxes.forEach((box) => {
                const fits = box.value.startsWith(`${attribute}:`);
                box.closest('label').parentElement.hidden = !fits;
                if (!fits) box.checked = false;
            });
            this.wrapper('choices')
                .querySelectorAll('[data-field-input] > div > div')
                .forEach((group) => {
                    const any = group.querySelector('div:not([hidden]) > label > input');
                    group.hidden = !any;
                });
        }
    }

    /* A stored key that is not among the choices stays chosen: saving refuses it. */
    function keepGone(field, name, keys, words) {
        const ticks = field.closest('.w-field--checkbox_select_multiple');
        if (!ticks && !field.matches('select')) return;
        const known = [...field.querySelectorAll('option, input')].map(({ value }) => value);
        keys.filter((key) => !known.includes(key)).forEach((key) => {
            const label = words.replace('%(key)s', () => key);
            if (!ticks) {
                field.append(new Option(label, key, true, true));
                return;
            }
            const box = Object.assign(document.createElement('input'), {
                type: 'checkbox', id: `${name}-gone-${key}`, name, value: key, checked: true,
            });
            const line = document.createElement('div');
            line.append(document.createElement('label'));
            line.firstChild.htmlFor = box.id;
            line.firstChild.append(box, ` ${label}`);
            field.append(line);
        });
    }

    class ConditionBlockDefinition extends StructBlockDefinition {
        render(placeholder, prefix, initialState, initialError) {
            const block = super.render(placeholder, prefix, initialState, initialError);
            const names = Object.keys(block.childBlocks);
            names.forEach((name) => {
                const field = document.getElementById(`${prefix}-${name}`);
                const keys = [initialState?.[name] ?? []].flat().filter(Boolean);
                if (field) keepGone(field, `${prefix}-${name}`, keys, this.meta.crm.gone);
            });
            const first = document.getElementById(`${prefix}-${names[0]}`);
            const row = first && first.closest('.crm-condition, .crm-score-line');
            if (row) new ConditionRow(row, names, this.meta.crm);
            return block;
        }
    }

    /* What is not offered now stays in rules that hold it, and leaves the menu. */
    class RuleBlockDefinition extends StreamBlockDefinition {
        constructor(name, groups, states, meta) {
            super(name, groups, states, meta);
            const hidden = new Set(meta.crmHidden);
            this.groupedChildBlockDefs = groups
                .map(([group, defs]) => [group, defs.filter((def) => !hidden.has(def.name))])
                .filter(([, defs]) => defs.length);
        }
    }

    window.telepath.register('crm_plugin.rules.ConditionBlock', ConditionBlockDefinition);
    window.telepath.register('crm_plugin.rules.RuleBlock', RuleBlockDefinition);
})();
