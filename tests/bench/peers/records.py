"""Invented township data, the same at every run: persons(n) and cases(n), about 1 KB of JSON a case.

python records.py N OUT.jsonl writes N cases. No one in it is real."""
import csv, json, pathlib, random, sys, uuid
SUR = """王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 罗 高 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 姚 卢 姜 崔 钟 谭 陆 汪 范 金 石 廖 贾 夏 韦 付 方 白 邹 孟 熊 秦 邱 江 尹 薛 闫 段 雷 侯 龙 史 陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 覃 武 戴 莫 孔 向 汤 单 仇 解 查 盖 区 尉迟 欧阳 上官 司马 诸葛""".split()
W = [max(1, int(700 / (i + 3))) for i in range(len(SUR))]
GIV = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂香华建国志文玉红春梅海燕小龙凤金生成福贵荣光辉宝林德胜永利东晓辰宇轩梓涵浩然雨桐子墨思远佳琪欣怡俊豪一诺天佑若曦乐重长行朝曾单"
DIV = pathlib.Path(__file__).resolve().parents[3] / "resources" / "divisions" / "shangqiu.csv"
# (village code, village name, township code) of 柘城县 411424
VIL = [(r["code"], r["name"], r["code"][:9]) for r in csv.DictReader(DIV.read_text(encoding="utf-8").splitlines()) if r["code"][:6] == "411424" and r["code"][9:] != "000"]
REQ = ["希望就近就业，能照顾老人和孩子", "反映村道路灯损坏多日无人维修", "咨询返乡创业担保贷款如何申请", "孩子转学到镇中心小学需要什么材料", "拖欠工资三个月，工地在外省，请求协助讨薪", "申请低保复核，家中有慢性病人", "想参加电工技能培训，问什么时候开班", "宅基地确权面积与实际不符，请求复核", "医保异地报销比例低，材料往返多次", "灌溉水渠堵塞影响春耕，请尽快清淤"]
COM = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指"
CKW = [1 / (i + 4) for i in range(len(COM))]
CK = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def idno(r, region):
    s = region + "%04d%02d%02d%03d" % (r.randint(1950, 2008), r.randint(1, 12), r.randint(1, 28), r.randint(0, 999))
    return s + "10X98765432"[sum(int(a) * b for a, b in zip(s, CK)) % 11]


def persons(n, seed=1):
    r = random.Random(seed)
    for i in range(n):
        s = r.choices(SUR, W)[0]
        nm = s + "".join(r.choice(GIV) for _ in range(1 if r.random() < .18 else 2))
        yield (i + 1, nm, idno(r, r.choice(("412327", "411424"))),
               "1" + r.choice(["3", "5", "8", "7", "9"]) + "%09d" % r.randint(0, 999999999),
               r.choice(VIL), r.choice(["江苏常熟", "广东东莞", "浙江宁波", "江苏苏州", "福建晋江", "上海", "在家", "贵州贵阳"]),
               r.choice("男女"), "2026-%02d-%02d" % (r.randint(1, 12), r.randint(1, 28)))


def cases(n, seed=2):
    """~1 KB JSON case documents, Chinese text, realistic entropy (no repeated filler only)."""
    r = random.Random(seed)
    ps = list(persons(max(2000, n // 3), seed + 7))
    for i in range(n):
        p = r.choice(ps)
        body = "，".join(r.choice(REQ) for _ in range(3)) + "。登记人%s于%s走访时记录，回访约定%d天内答复，编号%s。" % (
            r.choice(SUR) + r.choice(GIV), p[7], r.randint(3, 30), r.randint(10**8, 10**9))
        yield {
            "_id": str(uuid.UUID(int=r.getrandbits(128))), "type": "case", "township": p[4][2], "village": p[4][0], "village_name": p[4][1], "person_id": str(uuid.UUID(int=r.getrandbits(128))), "person_name": p[1], "id_no": p[2], "phone": p[3], "sex": p[6],
            "work_place": p[5], "category": r.choice(["就业", "创业", "教育", "医疗", "讨薪", "基础设施", "土地", "社保"]),
            "status": r.choice(["登记", "转办", "办理中", "办结", "回访"]), "priority": r.randint(1, 5),
            "title": r.choice(REQ), "body": body, "dept": r.choice(["人社中心", "乡村建设办", "党政办", "教育站", "卫生院"]),
            "handler": r.choice(SUR) + r.choice(GIV), "due": "2026-%02d-%02d" % (r.randint(1, 12), r.randint(1, 28)),
            "created_at": "2026-%02d-%02dT%02d:%02d:%02d+08:00" % (r.randint(1, 12), r.randint(1, 28), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59)),
            "updated_at": "2026-%02d-%02dT%02d:%02d:%02d+08:00" % (r.randint(1, 12), r.randint(1, 28), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59)),
            "note": "".join(r.choices(COM, CKW, k=r.randint(20, 60))), "device": "%012x" % r.getrandbits(48), "hlc": "%016x-%04x" % (r.getrandbits(56), r.getrandbits(16)), "rev": r.randint(1, 9),
        }


if __name__ == "__main__":
    n = int(sys.argv[1]); out = sys.argv[2]
    tot = 0
    with open(out, "w") as f:
        for d in cases(n):
            s = json.dumps(d, ensure_ascii=False); tot += len(s.encode()); f.write(s + "\n")
    print(n, "docs", tot / n, "bytes each (utf-8)")
