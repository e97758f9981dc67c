"""The hardest that a form must bear: long names, long addresses, many rows, for the tests and the specimen book."""

from __future__ import annotations

from forms.base import Cell, Form, Sheet

RARE_NAMES = ("赵㛃", "钱䶮", "孙𬘫", "李𬭎", "周𫖯", "吴𬀩", "郑𠅤", "王𡋾")


def worst(form: Form) -> Sheet:
    """The form's sample with the longest values that may come, and twelve times its rows."""
    long = {
        "person.name": "阿卜杜热合曼·买买提依明江托合提",
        "person.address": "柘城县慈圣镇后梁楼村民委员会" * 9,
        "person.village": "慈圣镇后梁楼第二村民委员会",
        "person.phone": "13800000042，0370-0000000转8001",
        "request.text": "需要办理营业执照、申请创业担保贷款二十万元，并联系供电所增容；" * 60,
        "request.item": "返乡入乡创业人员创业担保贷款推荐、一次性开业补贴和运营补贴申报综合事项",
        "request.result": "已办结，正在等待县人社局复核。" * 20,
        "office.name": "柘城县慈圣镇返乡入乡创业就业综合服务中心便民服务窗口（第一分窗口）",
        "notice.title": "慈圣镇人民政府关于进一步做好返乡创业人员创业担保贷款申报和返乡创业培训工作若干措施的通知",
        "notice.body": "为进一步优化营商环境，吸引更多在外务工人员返乡创业，现将有关事项通知如下。\n" * 40,
        "notice.to": "慈圣镇后梁楼村" + "阿卜杜热合曼·买买提依明江托合提同志、" * 4,
        "notice.mark": "柘城县慈圣镇返乡入乡创业就业工作领导小组办公室",
    }
    sample = form.sample()
    cells = {name: Cell(name, long.get(name, cell.text), cell.state) for name, cell in sample.cells.items()}
    rows = {name: [*each] * 12 for name, each in sample.rows.items()}
    return Sheet(cells, rows, sample.serial)
